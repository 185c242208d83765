-- When the answers began that labels are about; those that nothing is known of are missing. A judged answer is known as long
-- as its verdict is, a captured one as long as its content.
select wanted.trace_id, wanted.span_id, min(known.call_start_unix_nano) as call_start_unix_nano
from labelled_answers wanted
join (
    select trace_id, span_id, call_start_unix_nano from evaluations
    union all
    select trace_id, span_id, start_time_unix_nano from contents
) known on known.trace_id = wanted.trace_id::uuid and known.span_id = wanted.span_id
group by all
