-- Who asked for what stays; the user's name in it does not.
update audit
set detail = replace(replace(detail, $user_id, $digest), $quoted, $digest)
where contains(detail, $user_id)
   or contains(detail, $quoted)
