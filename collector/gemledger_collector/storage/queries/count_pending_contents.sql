-- How much content waits, and how much of it has waited too long.
select count(*) as waiting, count(*) filter (where received_unix_nano < $received_before) as too_long
from pending_contents
