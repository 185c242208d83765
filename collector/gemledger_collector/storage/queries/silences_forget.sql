-- Takes a silence out, to write it anew.
delete from silences where silence_id = $silence_id
