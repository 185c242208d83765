-- Alerts by fingerprint and start.
select * from alerts
where list_contains($keys, fingerprint || '/' || started_at_unix_nano::varchar)
