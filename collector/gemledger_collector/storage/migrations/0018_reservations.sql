-- A reservation is for so many calls: when they have ended it is closed, and what they left of it is free again.

alter table reservations add column calls bigint;                  -- null: until it is released or expires
alter table reservations add column ended_calls bigint default 0;
alter table reservations add column released_at_unix_nano bigint;  -- null: nobody gave it back
