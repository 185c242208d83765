"""What ``/metrics`` says of calls and of the process, beside the counters of ``telemetry``."""
