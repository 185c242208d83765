-- Alerts that are pending, firing or without data: all that an evaluation has to remember.
select * from alerts where state in ('pending', 'firing', 'no_data')
