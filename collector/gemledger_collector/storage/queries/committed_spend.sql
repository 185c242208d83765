-- What jobs submitted in [$since, $until) (unix nanoseconds) are expected to cost that have not settled at $now.
select
    coalesce(sum(committed_pico_usd), 0)::hugeint as committed_pico_usd,
    coalesce(sum(overdue_pico_usd), 0)::hugeint as overdue_pico_usd
from jobs_at($now)
where submitted_unix_nano >= $since
  and submitted_unix_nano < $until
