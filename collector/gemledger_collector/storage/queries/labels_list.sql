-- Labels, the newest first: of a person the last one for an answer and dimension.
with last as (
    select *, rowid as row_id
    from human_labels
    where ($dimension::varchar is null or dimension = $dimension)
      and ($labelled_by::varchar is null or labelled_by = $labelled_by)
    qualify row_number() over (
        partition by trace_id, span_id, dimension, labelled_by
        order by labelled_at_unix_nano desc, rowid desc
    ) = 1
)
select
    replace(trace_id::varchar, '-', '') as trace_id,
    printf('%016x', span_id) as span_id,
    call_start_unix_nano,
    dimension,
    label,
    case when $notes then note end as note,
    labelled_by,
    source,
    labelled_at_unix_nano,
    row_id
from last
where labelled_at_unix_nano >= $since
  and labelled_at_unix_nano < $until
  and (labelled_at_unix_nano < $before_time
       or (labelled_at_unix_nano = $before_time and row_id < $before_row))
order by labelled_at_unix_nano desc, row_id desc
limit $limit
