-- What calls read from these caches, by what the price depends on. Sums of unsampled calls count as many.
select
    split_part(cache_name, '/', -1) as cache_id,
    platform,
    coalesce(response_model, request_model) as model,
    coalesce(service_tier, 'standard') as service_tier,
    coalesce(account_location, region, 'global') as region,
    long_context,
    price_row,
    min(start_time_unix_nano) as first,
    max(start_time_unix_nano) as last,
    sum(coalesce(unsampled_calls, 1)) as calls,
    coalesce(sum(coalesce(unsampled_calls, 1)) filter (start_time_unix_nano >= $recent), 0) as recent_calls,
    sum(cache_read_tokens) as tokens,
    sum(image_cache_read_tokens) as image_tokens,
    sum(audio_cache_read_tokens) as audio_tokens,
    sum(video_cache_read_tokens) as video_tokens,
    sum(document_cache_read_tokens) as document_tokens,
    coalesce(sum(cache_read_pico_usd), 0) as paid_pico_usd
from spans
where cache_name is not null
  and start_time_unix_nano >= $since
  and cache_read_tokens > 0
  and list_contains($ids::varchar[], split_part(cache_name, '/', -1))
  and cost_status is not null
  and superseded_by is null
group by all
order by cache_id, first
