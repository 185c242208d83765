-- Content whose span did not come.
delete from pending_contents where received_unix_nano < $received_before
