-- What the user cost stays, under another name.
update ledger_user
set user_id = $erased
where user_id = $user_id
