-- Conversations whose calls began in [$since, $until): one row each, in the order of $sort, behind a cursor's row.
with conversations as (
    select
        conversation_id,
        count(*) as calls,
        count(error_type) as errors,
        count(*) filter (where cost_pico_usd is null) as unpriced_calls,
        sum(cost_pico_usd) as cost_pico_usd,
        sum(coalesce(input_tokens, 0)) as input_tokens,
        sum(coalesce(output_tokens, 0)) as output_tokens,
        min(start_time_unix_nano) as first_unix_nano,
        max(start_time_unix_nano) as last_unix_nano,
        any_value(team) as team,
        any_value(feature) as feature,
        any_value(user_id) as user_id
    from spans
    where cost_status is not null
      and superseded_by is null
      and unsampled_calls is null
      and name is distinct from 'gemledger.settlement'
      and conversation_id is not null
      and start_time_unix_nano >= $since
      and start_time_unix_nano < $until
      and ($team::varchar[] is null or list_contains($team, coalesce(team, '')))
      and ($feature::varchar[] is null or list_contains($feature, coalesce(feature, '')))
      and ($user::varchar[] is null or list_contains($user, coalesce(user_id, '')))
    group by conversation_id
),

sorted as (
    select
        *,
        case $sort when 'newest' then last_unix_nano when 'longest' then calls else coalesce(cost_pico_usd, -1) end
            ::hugeint as sort_key
    from conversations
)

select *
from sorted
where $after_key::hugeint is null
   or sort_key < $after_key::hugeint
   or (sort_key = $after_key::hugeint and conversation_id > $after_id)
order by sort_key desc, conversation_id
limit $rows
