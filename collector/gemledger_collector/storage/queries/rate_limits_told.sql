-- What arriving calls that were refused tell of limits: of each the newest. Numbers that cannot be are none.
select
    coalesce(account_project, '') as project,
    coalesce(account_key_digest, '') as key_digest,
    coalesce(attributes[$quota_model], response_model, request_model, '') as model,
    coalesce(left(attributes[$quota_id], 200), '') as quota_id,
    arg_max(attributes[$quota_metric], start_time_unix_nano) as quota_metric,
    arg_max(attributes[$quota_unit], start_time_unix_nano) as unit,
    arg_max(attributes[$quota_window], start_time_unix_nano) as quota_window,
    arg_max(limit_given, start_time_unix_nano) filter (limit_given >= 0) as limit_value,
    arg_max(delay_given, start_time_unix_nano) filter (isfinite(delay_given) and delay_given >= 0) as retry_delay_seconds,
    max(start_time_unix_nano) as learned_unix_nano
from (
    select
        *,
        try_cast(attributes[$quota_limit] as bigint) as limit_given,
        try_cast(attributes[$retry_delay_seconds] as double) as delay_given
    from refused
)
where attributes[$quota_id] is not null
   or attributes[$retry_delay_seconds] is not null
group by all
