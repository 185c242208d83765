-- What there is to draw from in slots that are over and have no limit yet: for each feature and prompt version how many
-- answers, and the lowest positions of their traces (or conversations): of each one, however many answers it has.
with answers as (
    select
        c.feature,
        c.prompt_version,
        c.model,
        c.start_time_unix_nano - c.start_time_unix_nano % $slot as slot_start_unix_nano,
        coalesce(
            case when $by_conversation and c.conversation_id is not null then c.conversation_position else c.trace_position end,
            (('0x' || substr(sha256($salt || case
                when $by_conversation then coalesce(c.conversation_id, replace(c.trace_id::varchar, '-', ''))
                else replace(c.trace_id::varchar, '-', '')
            end), 1, 16))::ubigint >> 11) / 9007199254740992
        ) as position,
        coalesce(c.capture_rate, 1) as capture_rate
    from contents c
    where c.start_time_unix_nano >= $since
      and c.start_time_unix_nano < $until
      and c.purpose is null
      and coalesce(c.answered, true)
      and c.model is not null
      and ($team::varchar is null or c.team = $team)
      and ($feature::varchar is null or c.feature = $feature)
      and ($environment::varchar is null or c.environment = $environment)
      and ($prompt_version::varchar is null or c.prompt_version = $prompt_version)
      and ($model::varchar is null or c.model = $model)
),
keys as (
    select feature, prompt_version, slot_start_unix_nano, position, count(*) as answers, list(distinct model) as models
    from answers
    where position < capture_rate  -- what is here for its conversation alone is no part of a sample of traces
    group by all
),
slots as (
    select
        feature,
        prompt_version,
        slot_start_unix_nano,
        sum(answers)::bigint as answers,
        list_distinct(flatten(list(models))) as models,
        min(position, $most) as lowest
    from keys
    group by all
)
select slots.*
from slots
where not exists (
    select 1
    from sampling_slots decided
    where decided.rule = $rule
      and decided.feature is not distinct from slots.feature
      and decided.prompt_version is not distinct from slots.prompt_version
      -- A slot of another length, from before the configuration changed, has decided as well.
      and decided.slot_end_unix_nano > slots.slot_start_unix_nano
      and decided.slot_start_unix_nano < slots.slot_start_unix_nano + $slot
)
order by slots.slot_start_unix_nano, slots.feature, slots.prompt_version
