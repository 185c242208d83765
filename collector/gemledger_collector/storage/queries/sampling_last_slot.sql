-- How far a rule has come.
select max(slot_end_unix_nano) as slot_end_unix_nano
from sampling_slots
where rule = $rule
