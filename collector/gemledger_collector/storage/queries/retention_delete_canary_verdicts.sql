-- A piece of what is older than its table keeps.
delete from canary_verdicts where judged_at_unix_nano >= $first and judged_at_unix_nano < $before
