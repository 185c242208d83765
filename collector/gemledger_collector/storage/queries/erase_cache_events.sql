-- Whoever made or read a cache is nobody any more.
update cache_events
set user_id = $erased
where user_id = $user_id
