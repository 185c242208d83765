-- What was said of the given answers is said again, with the probability they have by now: the last row counts.
insert into evaluations by name
select e.* replace (
    w.inclusion_probability as inclusion_probability,
    w.representative as representative,
    greatest($now, e.judged_at_unix_nano + 1) as judged_at_unix_nano
)
from evaluations e
join weighed w on w.span_id = e.span_id and w.trace_id::uuid = e.trace_id
where e.rule = $rule
  and e.dimension = $dimension
  and e.rubric_version = $rubric_version
  and e.label is not null
  and e.call_start_unix_nano between $first_start and $last_start
qualify row_number() over (
    partition by e.trace_id, e.span_id
    order by e.judged_at_unix_nano desc, e.attempt desc
) = 1
