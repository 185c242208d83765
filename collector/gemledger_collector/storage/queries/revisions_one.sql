-- One revision.
from revisions
where revision_id = $revision_id
