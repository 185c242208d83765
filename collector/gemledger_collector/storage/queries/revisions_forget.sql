-- Out with a revision: it is written anew.
delete from revisions
where revision_id = $revision_id
