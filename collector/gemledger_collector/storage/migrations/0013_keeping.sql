-- What was deleted because it was old: one row for each table and round of upkeep that deleted something of it.
-- The newest kept_from_unix_nano of `spans` is its mark: charges from there on sum to the ledger, which keeps everything;
-- and a span that starts before it is refused, for its twin may have been deleted.
create table retention_log (
    table_name varchar not null,
    kept_from_unix_nano bigint not null,   -- start of a 15-minute slot; never moves back
    reason varchar not null,               -- age, size
    rows_deleted bigint not null,
    at_unix_nano bigint not null           -- when
);

-- When the file was to be written anew, and when it was.
create table compactions (
    at_unix_nano bigint not null,
    event varchar not null,                -- asked, done
    reason varchar not null,               -- erase, window, person
    bytes_before bigint,                   -- of the file
    bytes_after bigint
);
