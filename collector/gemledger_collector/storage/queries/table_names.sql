-- Every table and view of the store.
select table_name from information_schema.tables where table_schema = 'main'
