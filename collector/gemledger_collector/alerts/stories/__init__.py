"""Rules tested like code: traffic in, alerts and messages expected at times, on a clock that is moved by hand."""
