-- What people noted of answers that are no longer kept, and may have quoted; their label stays.
update human_labels
set note = null
where call_start_unix_nano >= $first
  and call_start_unix_nano < $before
  and note is not null
