-- Alerts that are pending or firing: all that an evaluation has to remember.
select * from alerts where state in ('pending', 'firing')
