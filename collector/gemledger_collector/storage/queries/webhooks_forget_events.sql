delete from webhook_events where received_at_unix_nano < $before;
