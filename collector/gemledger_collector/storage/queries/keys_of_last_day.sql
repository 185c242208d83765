-- Who called in [$since, $until), by everything spend can be grouped by, and the last slot in which they did.
select
    model,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    service,
    purpose,
    platform,
    service_tier,
    max(slot_unix_seconds)::bigint as last_slot
from (
    select
        slot_unix_seconds,
        response_model as model,
        team,
        cost_center,
        feature,
        environment,
        prompt_version,
        service_name as service,
        purpose,
        platform,
        service_tier
    from ledger
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
    group by all
    having sum(calls) > 0
)
group by all
