-- Which of the arriving settlements the store has already, whenever and by whomever they were told.
select settlement_id, any_value(span_id) as span_id
from settlements
semi join arriving_settlements using (settlement_id)
group by settlement_id
