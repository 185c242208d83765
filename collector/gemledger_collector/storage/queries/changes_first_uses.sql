-- Prompt versions and models of features whose first slot is in [$since, $until), and what the feature used mostly in
-- its last slot before; that is null in a feature's own first slot, where it is told only if there are several.
-- Calls that all failed are no use, the collector's own calls nobody's change, and what was taken back cancels out.
with combinations as (
    select
        slot_unix_seconds,
        coalesce(feature, '') as feature,
        prompt_version,
        response_model,
        sum(calls - errors) as answered
    from ledger
    where slot_unix_seconds < $until
      and purpose is null
      and ($feature::varchar is null or coalesce(feature, '') = $feature)
      and ($environment::varchar is null or coalesce(environment, '') = $environment)
    group by all
),
told as (
    select
        slot_unix_seconds,
        feature,
        unnest(['prompt_version', 'model']) as kind,
        unnest([prompt_version, response_model]) as value,
        answered
    from combinations
),
used as (
    select slot_unix_seconds, feature, kind, value, sum(told.answered) as answered
    from told
    where value is not null
    group by slot_unix_seconds, feature, kind, value
    having sum(told.answered) > 0
),
busiest as (
    select slot_unix_seconds, feature, kind, arg_max(value, (answered, value)) as value
    from used
    group by slot_unix_seconds, feature, kind
),
firsts as (
    select feature, kind, value, min(slot_unix_seconds) as slot_unix_seconds
    from used
    group by feature, kind, value
)
select
    firsts.slot_unix_seconds,
    nullif(firsts.feature, '') as feature,
    firsts.kind,
    busiest.value as before,
    firsts.value as after
from firsts
asof left join busiest
    on firsts.feature = busiest.feature
    and firsts.kind = busiest.kind
    and firsts.slot_unix_seconds > busiest.slot_unix_seconds
where firsts.slot_unix_seconds >= $since
qualify busiest.value is not null
    or count(*) over (partition by firsts.feature, firsts.kind, firsts.slot_unix_seconds) > 1
order by firsts.slot_unix_seconds desc, firsts.feature, firsts.kind, firsts.value
limit $limit
