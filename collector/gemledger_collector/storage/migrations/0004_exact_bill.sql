-- The exact bill: what is billed beside tokens, upper bounds, and sums of calls that a sampler left out.
-- In three steps, for DuckDB 1.5 commits no UPDATE of a table that the same transaction alters, and cannot replay from
-- its log, after a kill, the change of a column's type that would do without one.

alter table spans add column grounding_pico_usd bigint;
alter table spans add column maps_pico_usd bigint;
alter table spans add column media_pico_usd bigint;
alter table spans add column storage_pico_usd bigint;
alter table spans add column cost_upper_pico_usd bigint;       -- null: exact, or no bound is known
alter table spans add column enterprise_prompts integer;
alter table spans add column images integer;
alter table spans add column video_seconds integer;
alter table spans add column audio_seconds integer;
alter table spans add column songs integer;
alter table spans add column resolution varchar;
alter table spans add column stream_max_gap_seconds double;
alter table spans add column unsampled_calls integer;          -- null: the span of one call
alter table spans add column unsampled_errors integer;

-- The app's cost lines, as JSON, where they differ from ours: nearly always null. One column for all of them, because
-- each null column costs a commit of 4,000 spans 0.2 ms, and there would be nine.
alter table spans add column app_lines varchar;

alter table ledger add column grounding_pico_usd hugeint default 0;
alter table ledger add column maps_pico_usd hugeint default 0;
alter table ledger add column media_pico_usd hugeint default 0;
alter table ledger add column storage_pico_usd hugeint default 0;
-- What the calls may have cost beyond cost_pico_usd at most, of those with a known upper bound.
alter table ledger add column above_cost_pico_usd hugeint default 0;
-- Calls without an upper bound: unpriced ones, and lower bounds of which no more is known.
alter table ledger add column unbounded_calls bigint default 0;
