-- What is reserved in each budget at $now, and beside it, under the name null, how many rows are so old that they can go.
with open as (
    select
        unnest(from_json(budgets, '["VARCHAR"]')) as budget,
        greatest(amount_pico_usd - coalesce(settled_pico_usd, 0), 0) as pico_usd
    from reservations
    where settled_at_unix_nano is null
      and expires_at_unix_nano > $now
)
select budget, sum(pico_usd)::hugeint as pico_usd, count(*) as reservations
from open
group by budget
union all
select null, 0, count(*)
from reservations
where expires_at_unix_nano < $old
