-- Answers nobody has labelled in this dimension, whose content is still kept, as many flagged as passed by the judge that
-- judged last. The order is that of a hash, which everybody sees alike and which tells nothing of the verdict: it is taken
-- in each half by itself, and decides between the halves as well.
with judge as (
    select rubric_version, judge_model
    from evaluations
    where dimension = $dimension
      and label is not null
      and kind is distinct from 'check'
    order by judged_at_unix_nano desc
    limit 1
),
judged as (
    select trace_id, span_id, call_start_unix_nano, label,
        sha256('labels ' || dimension || trace_id::varchar || span_id::varchar) as place
    from evaluations
    semi join judge using (rubric_version, judge_model)
    where dimension = $dimension
      and label is not null
      and kind is distinct from 'check'
      and ($feature::varchar is null or feature = $feature)
    qualify row_number() over (
        partition by trace_id, span_id order by judged_at_unix_nano desc, attempt desc
    ) = 1
),
ranked as (
    select judged.*,
        row_number() over (partition by label order by place) as turn  -- those labelled already keep their turn
    from judged
    where label <> 'cannot_tell'
),
waiting as (
    select ranked.*, count(*) over () as waiting
    from ranked
    semi join (select trace_id, span_id from contents where output_messages is not null) kept using (trace_id, span_id)
    anti join (select trace_id, span_id from human_labels where dimension = $dimension) done using (trace_id, span_id)
    order by turn, sha256(place)  -- place itself tells: the smallest of many hashes is smaller than that of few
    limit $limit
)
select
    replace(waiting.trace_id::varchar, '-', '') as trace_id,
    printf('%016x', waiting.span_id) as span_id,
    waiting.call_start_unix_nano,
    contents.feature,
    contents.prompt_version,
    contents.input_messages,
    contents.output_messages,
    contents.system_instructions,
    waiting.waiting
from waiting
join contents using (trace_id, span_id)
where contents.output_messages is not null
order by waiting.turn, sha256(waiting.place)
