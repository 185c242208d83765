-- What a judge quoted of answers that are no longer kept; its verdict stays.
update evaluations
set evidence = null, reason = null
where call_start_unix_nano >= $first
  and call_start_unix_nano < $before
  and (evidence is not null or reason is not null)
