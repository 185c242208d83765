-- Which of the arriving log records the store already has; the range of times is what keeps it fast.
select arriving_records.digest
from arriving_records
semi join log_digests on log_digests.time_unix_nano between $first_time and $last_time
    and log_digests.time_unix_nano = arriving_records.time_unix_nano
    and log_digests.digest = arriving_records.digest::uuid
