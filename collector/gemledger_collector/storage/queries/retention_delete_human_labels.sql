-- A piece of what is older than its table keeps.
delete from human_labels where labelled_at_unix_nano >= $first and labelled_at_unix_nano < $before
