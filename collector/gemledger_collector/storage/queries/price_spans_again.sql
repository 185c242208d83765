-- Charges at their new price.
update spans
set cost_pico_usd = repriced.cost_pico_usd,
    cost_upper_pico_usd = repriced.cost_upper_pico_usd,
    cost_status = repriced.cost_status,
    cost_reasons = repriced.cost_reasons,
    price_book = repriced.price_book,
    price_row = repriced.price_row,
    long_context = repriced.long_context,
    input_pico_usd = repriced.input_pico_usd,
    cache_read_pico_usd = repriced.cache_read_pico_usd,
    tool_use_pico_usd = repriced.tool_use_pico_usd,
    output_pico_usd = repriced.output_pico_usd,
    thoughts_pico_usd = repriced.thoughts_pico_usd,
    grounding_pico_usd = repriced.grounding_pico_usd,
    maps_pico_usd = repriced.maps_pico_usd,
    media_pico_usd = repriced.media_pico_usd,
    storage_pico_usd = repriced.storage_pico_usd,
    app_cost_reasons = repriced.app_cost_reasons,
    app_price_book = repriced.app_price_book,
    app_price_row = repriced.app_price_row
from repriced
where spans.start_time_unix_nano between $first_start and $last_start
  and spans.start_time_unix_nano = repriced.start_time_unix_nano
  and spans.span_id = repriced.span_id
  and spans.trace_id = repriced.trace_id::uuid
