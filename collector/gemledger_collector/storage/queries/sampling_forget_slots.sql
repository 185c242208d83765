-- Slots whose answers are too old to be judged. The newest of each feature and version stays: `every` counts on from it.
delete from sampling_slots
where rule = $rule
  and slot_end_unix_nano < $before
  and exists (
      select 1
      from sampling_slots newer
      where newer.rule = $rule
        and newer.feature is not distinct from sampling_slots.feature
        and newer.prompt_version is not distinct from sampling_slots.prompt_version
        and newer.slot_end_unix_nano >= $before
  )
