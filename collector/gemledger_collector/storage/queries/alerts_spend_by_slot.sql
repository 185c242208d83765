-- Spend per slot from $since_slot on, of the traffic the filter names. An unpriced call adds nothing: its
-- cost is unknown, and the figure of unpriced calls says so elsewhere.
select slot_unix_seconds, sum(cost_pico_usd)::hugeint as cost_pico_usd
from ledger
where slot_unix_seconds >= $since_slot
  and ($team::varchar is null or team = $team)
  and ($feature::varchar is null or feature = $feature)
  and ($model::varchar is null or response_model = $model)
  and ($environment::varchar is null or environment = $environment)
  and ($prompt_version::varchar is null or prompt_version = $prompt_version)
  and ($service::varchar is null or service_name = $service)
group by slot_unix_seconds
order by slot_unix_seconds
