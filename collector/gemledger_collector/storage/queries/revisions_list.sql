-- Revisions of $kind, the newest first: $most of them from the $skipped-th on.
from revisions
where kind = $kind
order by created_unix_nano desc, revision_id
limit $most offset $skipped
