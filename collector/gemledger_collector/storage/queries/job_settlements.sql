-- What a job was billed. Its charges begin between $first_start and $last_start, as its events say.
select
    settlement_id,
    response_model,
    request_model,
    service_tier,
    calls,
    errors,
    input_tokens,
    cache_read_tokens,
    output_tokens,
    cost_pico_usd,
    cost_status,
    cost_reasons,
    price_row,
    start_time_unix_nano
from charges
where job_name = $name
  and settlement_id is not null
  and start_time_unix_nano between $first_start and $last_start
order by settlement_id
