-- Remembers what a channel was told about a group.
insert into alert_groups by name
select
    $channel as channel,
    $group_key as group_key,
    $began_at_unix_nano as began_at_unix_nano,
    $notified_at_unix_nano as notified_at_unix_nano,
    $told_firing as told_firing
