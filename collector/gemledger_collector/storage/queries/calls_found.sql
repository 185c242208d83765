-- Keys of one page of calls that began in [$since, $until), in the order of $sort, behind the row a cursor stands at.
-- Few columns, and the sort key is a plain column once $sort is known: whole row groups are then skipped.
with matching as (
    select
        rowid as place,
        start_time_unix_nano,
        span_id,
        case $sort
            when 'newest' then start_time_unix_nano
            when 'dearest' then coalesce(cost_pico_usd, -1)    -- what has no price comes last
            else coalesce(duration_nano, -1)
        end as sort_key
    from spans
    where cost_status is not null
      and superseded_by is null
      and unsampled_calls is null
      and name is distinct from 'gemledger.settlement'
      and start_time_unix_nano >= $since
      and start_time_unix_nano < $until
      -- A list chooses any of its values; the empty text stands for calls that have none.
      and ($model::varchar[] is null or list_contains($model, coalesce(response_model, request_model, '')))
      and ($team::varchar[] is null or list_contains($team, coalesce(team, '')))
      and ($cost_center::varchar[] is null or list_contains($cost_center, coalesce(cost_center, '')))
      and ($feature::varchar[] is null or list_contains($feature, coalesce(feature, '')))
      and ($user::varchar[] is null or list_contains($user, coalesce(user_id, '')))
      and ($environment::varchar[] is null or list_contains($environment, coalesce(environment, '')))
      and ($prompt_version::varchar[] is null or list_contains($prompt_version, coalesce(prompt_version, '')))
      and ($service::varchar[] is null or list_contains($service, coalesce(service_name, '')))
      and ($status::varchar[] is null or list_contains($status, cost_status))
      and ($error_kind::varchar[] is null or list_contains($error_kind, coalesce(error_kind, '')))
      and ($service_tier::varchar[] is null or list_contains($service_tier, coalesce(service_tier, '')))
      and ($purpose::varchar[] is null or list_contains($purpose, coalesce(purpose, '')))
      and ($platform::varchar[] is null or list_contains($platform, coalesce(platform, '')))
      and ($operation::varchar[] is null or list_contains($operation, coalesce(operation, '')))
      and ($conversation::varchar is null or conversation_id = $conversation)
      and ($response_id::varchar is null or response_id = $response_id or list_contains(other_response_ids, $response_id))
      and ($trace_id::varchar is null or trace_id = $trace_id::uuid)
      and ($min_cost::bigint is null or cost_pico_usd >= $min_cost)
      and ($min_duration::bigint is null or duration_nano >= $min_duration)
)

select place, start_time_unix_nano, span_id, sort_key
from matching
where $after_key::bigint is null
   or sort_key < $after_key
   or (sort_key = $after_key and start_time_unix_nano < $after_start)
   or (sort_key = $after_key and start_time_unix_nano = $after_start and span_id < $after_span::ubigint)
order by sort_key desc, start_time_unix_nano desc, span_id desc
limit $rows
