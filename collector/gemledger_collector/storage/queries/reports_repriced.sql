-- Charges priced again in [$since, $until), and by how much that changed the bill.
select
    count(*) as charges,
    coalesce(sum(coalesce(new_cost_pico_usd, 0)::hugeint - coalesce(old_cost_pico_usd, 0)), 0) as change_pico_usd
from price_changes
where changed_unix_nano >= $since
  and changed_unix_nano < $until
