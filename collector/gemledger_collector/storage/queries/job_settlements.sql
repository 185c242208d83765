-- What a job was billed. Its charges begin when it was submitted, as one of its events says: spans of other days are
-- not read.
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
  and start_time_unix_nano between (select min(submitted_unix_nano) from job_events where job_name = $name)
      and (select max(submitted_unix_nano) from job_events where job_name = $name)
order by settlement_id
