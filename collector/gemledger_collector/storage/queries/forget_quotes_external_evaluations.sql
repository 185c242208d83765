-- What others said of answers that are no longer kept; their verdict stays.
update external_evaluations
set explanation = null
where time_unix_nano >= $first
  and time_unix_nano < $before
  and explanation is not null
