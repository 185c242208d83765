-- Dimensions that answers were judged in, and how many of them people have labelled.
select dimension, count(distinct (trace_id, span_id)) filter (where labelled) as labelled
from (
    select distinct dimension, null::uuid as trace_id, null::ubigint as span_id, false as labelled
    from evaluations
    where label is not null and kind is distinct from 'check'
    union all
    select dimension, trace_id, span_id, true from human_labels where label <> 'cannot_tell'
)
group by dimension
order by dimension
