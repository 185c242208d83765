-- When the file was last to be written anew, why, and when it last was.
select
    max(at_unix_nano) filter (event = 'asked') as asked_unix_nano,
    arg_max(reason, at_unix_nano) filter (event = 'asked') as reason,
    max(at_unix_nano) filter (event = 'done') as done_unix_nano
from compactions
