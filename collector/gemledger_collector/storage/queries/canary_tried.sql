-- What was done of each item of a canary set on one day.
select
    dimension,
    rubric_version,
    item,
    count(*) as attempts,
    max(judged_at_unix_nano) as last_unix_nano,
    bool_or(label is not null) as settled
from canary_verdicts
where canary = $canary
  and canary_version = $canary_version
  and judge_model = $judge_model
  and day = $day
group by all
