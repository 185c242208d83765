"""What the settlements of one job say of each other."""

from gemledger import semconv
from gemledger.settlement import whole_bill


def test_a_job_of_several_settlements_says_how_many_and_which() -> None:
    """Whoever groups alike says the same, in whatever order; whoever groups otherwise does not."""
    bill = whole_bill(["batch:batches/1:flash", "batch:batches/1:pro"])
    assert bill[semconv.JOB_SETTLEMENTS] == 2
    assert bill == whole_bill(["batch:batches/1:pro", "batch:batches/1:flash"])
    assert bill != whole_bill(["batch:batches/1:pro", "batch:batches/1:all"])
