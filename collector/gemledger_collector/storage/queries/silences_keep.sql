-- Writes a silence.
insert into silences by name
select
    $silence_id as silence_id,
    $matchers as matchers,
    $starts_at_unix_nano as starts_at_unix_nano,
    $ends_at_unix_nano as ends_at_unix_nano,
    $created_by as created_by,
    $comment as comment,
    $created_at_unix_nano as created_at_unix_nano,
    $updated_at_unix_nano as updated_at_unix_nano
