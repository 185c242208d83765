-- Ends silences that last; what has ended stays as it was.
update silences
set ends_at_unix_nano = greatest(starts_at_unix_nano, $ends_at), updated_at_unix_nano = $ends_at
where list_contains($ids, silence_id) and ends_at_unix_nano > $ends_at
