-- The first slot of each service, as far back as the ledger goes.
select coalesce(service_name, '') as service, min(slot_unix_seconds) as first_slot
from ledger
group by service
