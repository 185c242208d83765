-- How much of what is billed but is no token, by the same keys: the ledger sums its cost only.
select
    service_name,
    provider,
    platform,
    coalesce(response_model, request_model) as response_model,
    service_tier,
    long_context,
    price_row,
    cost_status,
    purpose,
    account_project,
    account_key_digest,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    coalesce(sum(grounding_queries), 0)::bigint as grounding_queries,
    coalesce(sum(grounded_prompts), 0)::bigint as grounded_prompts,
    coalesce(sum(maps_queries), 0)::bigint as maps_queries,
    coalesce(sum(images), 0)::bigint as images,
    coalesce(sum(video_seconds), 0)::bigint as video_seconds,
    coalesce(sum(songs), 0)::bigint as songs
from charges
where start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and coalesce(grounding_queries, grounded_prompts, maps_queries, images, video_seconds, songs) is not null
  and ($team is null or team = $team)
  and ($cost_center is null or cost_center = $cost_center)
  and ($feature is null or feature = $feature)
  and ($environment is null or environment = $environment)
  and ($model is null or coalesce(response_model, request_model) = $model)
  and ($service is null or service_name = $service)
  and ($label_key is null or attributes[$label_key] = $label_value)
group by all
