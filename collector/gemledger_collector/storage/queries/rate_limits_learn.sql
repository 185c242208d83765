-- What is told now, unless something newer was told before.
insert into rate_limits by name
select told.*
from told
anti join rate_limits using (project, key_digest, model, quota_id)
