-- What every channel was last told about every group.
select * from alert_groups
