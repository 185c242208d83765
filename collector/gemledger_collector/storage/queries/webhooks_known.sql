select count(*) as known from webhook_ids where webhook_id in (select unnest($webhook_ids::varchar[]));
