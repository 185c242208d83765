-- Alerts as they stand now; the caller has taken out what was known of them.
insert into alerts by name select * from alert_rows
