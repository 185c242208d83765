-- What users wrote when answers were given that are no longer kept; their verdict stays.
update feedback
set comment = null
where given_at_unix_nano >= $first
  and given_at_unix_nano < $before
  and comment is not null
