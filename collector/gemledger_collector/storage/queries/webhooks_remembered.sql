select count(*) as remembered from webhook_ids;
