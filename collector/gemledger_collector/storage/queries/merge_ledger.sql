-- The deltas of some slots of the ledger, summed: one row a key. A column that is not summed here is a part of the key.
select
    * exclude (
        calls, errors, rate_limited_errors, client_errors, server_errors,
        input_tokens, cache_read_tokens, tool_use_tokens, output_tokens, thoughts_tokens,
        input_pico_usd, cache_read_pico_usd, tool_use_pico_usd, output_pico_usd, thoughts_pico_usd,
        grounding_pico_usd, maps_pico_usd, media_pico_usd, storage_pico_usd,
        cost_pico_usd, above_cost_pico_usd, unbounded_calls, requests, request_input_tokens, retries
    ),
    sum(calls) as calls,
    sum(errors) as errors,
    sum(rate_limited_errors) as rate_limited_errors,
    sum(client_errors) as client_errors,
    sum(server_errors) as server_errors,
    sum(input_tokens) as input_tokens,
    sum(cache_read_tokens) as cache_read_tokens,
    sum(tool_use_tokens) as tool_use_tokens,
    sum(output_tokens) as output_tokens,
    sum(thoughts_tokens) as thoughts_tokens,
    sum(input_pico_usd) as input_pico_usd,
    sum(cache_read_pico_usd) as cache_read_pico_usd,
    sum(tool_use_pico_usd) as tool_use_pico_usd,
    sum(output_pico_usd) as output_pico_usd,
    sum(thoughts_pico_usd) as thoughts_pico_usd,
    sum(grounding_pico_usd) as grounding_pico_usd,
    sum(maps_pico_usd) as maps_pico_usd,
    sum(media_pico_usd) as media_pico_usd,
    sum(storage_pico_usd) as storage_pico_usd,
    sum(cost_pico_usd) as cost_pico_usd,
    sum(above_cost_pico_usd) as above_cost_pico_usd,
    sum(unbounded_calls) as unbounded_calls,
    sum(requests) as requests,
    sum(request_input_tokens) as request_input_tokens,
    sum(retries) as retries
from ledger
where slot_unix_seconds in (select unnest($slots::bigint[]))
group by all
