-- What is still to be done, in the order in which it was asked for.
from revisions
where state = 'running'
order by created_unix_nano, since_unix_nano, revision_id
