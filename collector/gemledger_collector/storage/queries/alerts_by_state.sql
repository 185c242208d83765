-- Alerts that are open, by state and severity.
select state, severity, count(*) as alerts
from alerts
where state in ('pending', 'firing', 'no_data')
group by state, severity
