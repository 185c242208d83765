-- How much of the prompts was cached without anybody asking for it, by feature, prompt version, model, and by what a
-- price depends on. Calls that read an explicit cache are left out: what they hit is no prefix of theirs.
with prompts as (
    select
        feature,
        prompt_version,
        coalesce(response_model, request_model) as model,
        platform,
        coalesce(service_tier, 'standard') as service_tier,
        coalesce(account_location, region, 'global') as region,
        long_context,
        start_time_unix_nano,
        unsampled_calls,
        input_tokens - coalesce(tool_use_tokens, 0) as prompt_tokens,
        coalesce(cache_read_tokens, 0) as cached_tokens,
        coalesce(image_cache_read_tokens, 0) as image_tokens,
        coalesce(audio_cache_read_tokens, 0) as audio_tokens,
        coalesce(video_cache_read_tokens, 0) as video_tokens,
        coalesce(document_cache_read_tokens, 0) as document_tokens,
        coalesce(cache_read_pico_usd, 0) as cache_read_pico_usd
    from spans
    where start_time_unix_nano >= $since
      and start_time_unix_nano < $until
      and operation = 'generate_content'
      and cache_name is null
      and input_tokens > 0
      and cost_status is not null
      and superseded_by is null
), cells as (
    select
        feature,
        prompt_version,
        model,
        platform,
        service_tier,
        region,
        long_context,
        start_time_unix_nano // 3_600_000_000_000 as hour,
        min(start_time_unix_nano) as first,
        sum(coalesce(unsampled_calls, 1)) as calls,
        count(*) filter (unsampled_calls is null) as seen_calls,
        count(*) filter (unsampled_calls is null and prompt_tokens < 1024) as below_1024,
        count(*) filter (unsampled_calls is null and prompt_tokens < 4096) as below_4096,
        sum(prompt_tokens) as prompt_tokens,
        sum(cached_tokens) as cached_tokens,
        sum(image_tokens) as image_tokens,
        sum(audio_tokens) as audio_tokens,
        sum(video_tokens) as video_tokens,
        sum(document_tokens) as document_tokens,
        sum(cache_read_pico_usd) as paid_pico_usd,
        sum(case when prompt_tokens > 0 then coalesce(unsampled_calls, 1) end) as telling_calls,
        sum(case when prompt_tokens > 0 then prompt_tokens end) as telling_prompt_tokens,
        sum(case when prompt_tokens > 0 then cached_tokens end) as telling_cached_tokens
    from prompts
    group by all          -- spans are read once; what follows is small
), hours as (
    select
        feature,
        prompt_version,
        model,
        sum(telling_calls) as calls,
        sum(telling_cached_tokens) / sum(telling_prompt_tokens) as hit_share
    from cells
    group by feature, prompt_version, model, hour
), best as (
    select feature, prompt_version, model, max(hit_share) as best_hit_share
    from hours
    where calls >= $fewest_calls     -- fewer are chance
    group by all
), sums as (
    select
        feature,
        prompt_version,
        model,
        platform,
        service_tier,
        region,
        long_context,
        min(first) as first,
        sum(calls) as calls,
        sum(seen_calls)::bigint as seen_calls,
        sum(below_1024)::bigint as below_1024,
        sum(below_4096)::bigint as below_4096,
        sum(prompt_tokens) as prompt_tokens,
        sum(cached_tokens) as cached_tokens,
        sum(image_tokens) as image_tokens,
        sum(audio_tokens) as audio_tokens,
        sum(video_tokens) as video_tokens,
        sum(document_tokens) as document_tokens,
        sum(paid_pico_usd) as paid_pico_usd
    from cells
    group by all
)
select sums.*, best.best_hit_share
from sums
left join best
    on sums.feature is not distinct from best.feature
   and sums.prompt_version is not distinct from best.prompt_version
   and sums.model is not distinct from best.model
order by sums.prompt_tokens desc
limit $most
