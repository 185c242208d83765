-- A reminder that something still fires says nothing that a newer message of its group does not say.
update notifications as reminder
set next_attempt_unix_nano = null, error = $superseded
where reminder.channel = $channel
  and reminder.reason = $reminding
  and reminder.next_attempt_unix_nano is not null
  and exists (
      select 1
      from notifications as newer
      where newer.channel = reminder.channel
        and newer.group_key = reminder.group_key
        and newer.next_attempt_unix_nano is not null
        and (newer.created_at_unix_nano > reminder.created_at_unix_nano
             or newer.created_at_unix_nano = reminder.created_at_unix_nano
                and newer.sequence > reminder.sequence)
  )
