-- One silence.
select * from silences where silence_id = $silence_id
