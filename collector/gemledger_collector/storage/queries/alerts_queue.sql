insert into notifications by name
select
    $notification_id as notification_id,
    $created_at_unix_nano as created_at_unix_nano,
    $sequence as sequence,
    $channel as channel,
    $rule as rule,
    $fingerprint as fingerprint,
    $fingerprints as fingerprints,
    $group_key as group_key,
    $status as status,
    $reason as reason,
    $body as body,
    0 as attempts,
    $created_at_unix_nano as next_attempt_unix_nano
