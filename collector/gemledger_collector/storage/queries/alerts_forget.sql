-- Takes one alert out: to write it anew, or because a pending one came to nothing.
delete from alerts where fingerprint = $fingerprint and started_at_unix_nano = $started_at_unix_nano
