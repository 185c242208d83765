-- What arriving calls that were refused tell of limits: of each the newest.
select
    coalesce(account_project, '') as project,
    coalesce(account_key_digest, '') as key_digest,
    coalesce(attributes[$quota_model], response_model, request_model, '') as model,
    coalesce(attributes[$quota_id], '') as quota_id,
    arg_max(attributes[$quota_metric], start_time_unix_nano) as quota_metric,
    arg_max(attributes[$quota_unit], start_time_unix_nano) as unit,
    arg_max(attributes[$quota_window], start_time_unix_nano) as quota_window,
    arg_max(try_cast(attributes[$quota_limit] as bigint), start_time_unix_nano) as limit_value,
    arg_max(try_cast(attributes[$retry_delay_seconds] as double), start_time_unix_nano) as retry_delay_seconds,
    max(start_time_unix_nano) as learned_unix_nano
from refused
where attributes[$quota_id] is not null
   or attributes[$retry_delay_seconds] is not null
group by all
