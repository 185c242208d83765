-- What was told before of the same limits gives way to what is told now.
delete from rate_limits
using told
where rate_limits.project = told.project
  and rate_limits.key_digest = told.key_digest
  and rate_limits.model = told.model
  and rate_limits.quota_id = told.quota_id
  and rate_limits.learned_unix_nano <= told.learned_unix_nano
