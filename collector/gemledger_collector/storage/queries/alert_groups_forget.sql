-- Forgets what a channel was told about a group.
delete from alert_groups where channel = $channel and group_key = $group_key
