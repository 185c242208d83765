-- Settlements of arriving jobs that are not charged to whoever submitted the job, with who that is.
with events as (
    from job_events semi join arriving_jobs using (job_name)
),
submitters as (
    select *
    from events
    where event = 'submitted'
    qualify row_number() over (partition by job_name order by at_unix_nano, span_id) = 1
),
settled as (
    select
        events.job_name,
        events.trace_id,
        events.span_id,
        events.submitted_unix_nano as told_start,
        submitters.* exclude (job_name, trace_id, span_id)
    from events
    inner join submitters using (job_name)
    where events.event = 'settled'
),
moves as (
    select
        spans.trace_id,
        spans.span_id,
        spans.start_time_unix_nano,
        greatest(spans.start_time_unix_nano - settled.at_unix_nano, 0) as later,
        if(later > $later_nano, settled.at_unix_nano, spans.start_time_unix_nano) as new_start,
        settled.service_name,
        settled.team,
        settled.cost_center,
        settled.attribution_rule,
        settled.feature,
        settled.user_id,
        settled.environment,
        settled.prompt_version,
        settled.purpose,
        map_concat(spans.attributes, settled.labels) as new_attributes
    from spans
    inner join settled
        on spans.span_id = settled.span_id
       and spans.trace_id = settled.trace_id
       -- Where it was told to begin, or, once charged, where its job did.
       and spans.start_time_unix_nano in (settled.told_start, settled.at_unix_nano)
    where spans.name = $settlement_span
      and spans.start_time_unix_nano between $first_start and $last_start
      and (
          spans.service_name is distinct from settled.service_name
          or spans.team is distinct from settled.team
          or spans.cost_center is distinct from settled.cost_center
          or spans.attribution_rule is distinct from settled.attribution_rule
          or spans.feature is distinct from settled.feature
          or spans.user_id is distinct from settled.user_id
          or spans.environment is distinct from settled.environment
          or spans.prompt_version is distinct from settled.prompt_version
          or spans.purpose is distinct from settled.purpose
          or later > $later_nano
          or new_attributes is distinct from spans.attributes
      )
)
select moves.*
from moves
-- Whoever sends two spans of one id keeps the second where it was: moved onto the first, it could not be told from it.
anti join (
    select start_time_unix_nano as new_start, span_id, trace_id
    from spans
    where start_time_unix_nano between $first_start and $last_start
) as there
    on there.new_start = moves.new_start
   and there.span_id = moves.span_id
   and there.trace_id = moves.trace_id
   and moves.new_start <> moves.start_time_unix_nano
qualify row_number() over (partition by moves.new_start, moves.span_id, moves.trace_id) = 1
    and row_number() over (partition by moves.start_time_unix_nano, moves.span_id, moves.trace_id) = 1
