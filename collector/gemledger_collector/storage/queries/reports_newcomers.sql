-- Models, and prompt versions of features, whose first slot since $looked_back is in [$since, $until). The judge's own
-- prompts are nobody's news. What has been taken back leaves rows that cancel out.
with used as (
    select
        slot_unix_seconds,
        unnest(['model', 'prompt version']) as kind,
        unnest([response_model, case when purpose is null then prompt_version end]) as name,
        unnest([null, feature]) as feature,
        calls,
        cost_pico_usd,
        case when cost_status = 'unpriced' then unbounded_calls else 0 end as unpriced_calls
    from ledger
    where slot_unix_seconds >= $looked_back
      and slot_unix_seconds < $until
)
select
    kind,
    name,
    feature,
    min(slot_unix_seconds) as first_slot,
    sum(calls)::bigint as calls,
    sum(cost_pico_usd) as cost_pico_usd,
    sum(unpriced_calls)::bigint as unpriced_calls
from used
where name is not null
group by kind, name, feature
having min(slot_unix_seconds) >= $since and sum(used.calls) > 0
order by first_slot, kind, name, feature
