-- Bytes of the file that hold something: a DuckDB file never shrinks, so its size says what it once held.
select (used_blocks * block_size)::bigint as used_bytes
from pragma_database_size()
