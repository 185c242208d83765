-- Whether this feedback was stored before.
select 1
from feedback
where feedback_id = $feedback_id::uuid
