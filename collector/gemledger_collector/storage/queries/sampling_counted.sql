-- Each Nth answer of the given slots, counted on from how many there were before.
with given as (
    select
        unnest($features::varchar[]) as feature,
        unnest($versions::varchar[]) as prompt_version,
        unnest($slot_starts::bigint[]) as slot_start_unix_nano,
        unnest($answers_before::bigint[]) as answers_before
),
numbered as (
    select
        g.feature,
        g.prompt_version,
        g.slot_start_unix_nano,
        c.span_id,
        g.answers_before + row_number() over (
            partition by g.feature, g.prompt_version, g.slot_start_unix_nano
            order by c.start_time_unix_nano, c.span_id, c.trace_id
        ) as number
    from contents c
    join given g on g.slot_start_unix_nano = c.start_time_unix_nano - c.start_time_unix_nano % $slot
        and g.feature is not distinct from c.feature
        and g.prompt_version is not distinct from c.prompt_version
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
      and coalesce(
            case when $by_conversation and c.conversation_id is not null then c.conversation_position else c.trace_position end,
            (('0x' || substr(sha256($salt || case
                when $by_conversation then coalesce(c.conversation_id, replace(c.trace_id::varchar, '-', ''))
                else replace(c.trace_id::varchar, '-', '')
            end), 1, 16))::ubigint >> 11) / 9007199254740992
          ) < coalesce(c.capture_rate, 1)
)
select feature, prompt_version, slot_start_unix_nano, list(span_id order by number) as span_ids
from numbered
where number % $every = 0
group by all
