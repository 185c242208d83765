-- When each feature, prompt version and model first appeared: by the ledger, which remembers longest but by the quarter of
-- an hour, and by captured answers, which know the moment.
select feature, prompt_version, model, min(slot_unix_nano) as slot_unix_nano, min(start_time_unix_nano) as start_time_unix_nano
from (
    select feature, prompt_version, response_model as model, slot_unix_seconds * 1_000_000_000 as slot_unix_nano, null::bigint as start_time_unix_nano
    from ledger
    where purpose is null
    union all
    select feature, prompt_version, model, null::bigint, start_time_unix_nano
    from contents
    where purpose is null
)
group by all
