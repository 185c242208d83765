-- What rows of older versions say, where the new columns say it.

update ledger set unbounded_calls = calls where cost_status in ('lower_bound', 'unpriced');

update spans
set app_lines = '{' || concat_ws(
        ',',
        '"input":' || app_input_pico_usd,
        '"cache_read":' || app_cache_read_pico_usd,
        '"tool_use":' || app_tool_use_pico_usd,
        '"output":' || app_output_pico_usd,
        '"thoughts":' || app_thoughts_pico_usd
    ) || '}'
where coalesce(
    app_input_pico_usd, app_cache_read_pico_usd, app_tool_use_pico_usd, app_output_pico_usd, app_thoughts_pico_usd
) is not null;
