"""Statistics of judged answers: rates, intervals, corrections, changes, agreement. Pure: neither store nor clock."""
