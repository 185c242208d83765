-- The same jobs, added up by state.
select
    state,
    count(*) as jobs,
    coalesce(sum(committed_pico_usd), 0)::hugeint as committed_pico_usd,
    coalesce(sum(overdue_pico_usd), 0)::hugeint as overdue_pico_usd,
    coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd,
    count(*) filter (cost_status = 'unpriced') as unpriced_jobs
from jobs_at($now)
where submitted_unix_nano >= $since
  and submitted_unix_nano < $until
  and ($kind is null or kind = $kind)
  and ($state is null or state = $state)
group by state
order by state
