-- As in cache_events: what an hour of a cache was billed as is compared with what it would be billed as today.
update cache_charges
set billed_as = replace(billed_as, $written, $rewritten)
where contains(billed_as, $written)
