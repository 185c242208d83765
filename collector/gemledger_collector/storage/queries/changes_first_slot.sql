-- The slot in which a feature was first answered with a prompt version. Calls that all failed are no use.
select min(slot_unix_seconds) as slot_unix_seconds
from (
    select slot_unix_seconds
    from ledger
    where prompt_version = $value
      and coalesce(feature, '') = $feature
      and purpose is null
      and ($environment::varchar is null or coalesce(environment, '') = $environment)
    group by slot_unix_seconds
    having sum(calls - errors) > 0
)
