-- Whether all of a job's bill is in the ledger already.
select count(*) as settled from jobs where name = $job_name and state = 'settled';
