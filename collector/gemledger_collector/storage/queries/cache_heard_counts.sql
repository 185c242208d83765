-- How much was heard of each cache; another number, too, once the rules say that somebody else pays for it.
select cache_id, (count(*) + sum(hash(team, cost_center, attribution_rule) % 1_000_000_007))::bigint as heard
from cache_events
group by cache_id
