-- Longer ago than anybody repeats a delivery.
delete from webhook_ids where received_at_unix_nano < $before;
