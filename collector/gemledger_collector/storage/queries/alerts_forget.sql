-- Takes alerts out: to write them anew, or because pending ones came to nothing.
delete from alerts
where list_contains($keys, fingerprint || '/' || started_at_unix_nano::varchar)
