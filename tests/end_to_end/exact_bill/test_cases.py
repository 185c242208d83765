"""The calls on which every known tool is wrong somewhere: exact where there is a truth, honest where there is none."""

import pytest
from end_to_end.exact_bill.asking import Till, usd
from end_to_end.exact_bill.cases import CASES, Case


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("case", CASES.values(), ids=[f"case-{letter}" for letter in CASES])
def test_a_case_of_the_research_is_billed_to_the_pico(till: Till, case: Case, stream: bool) -> None:
    """From the simulator by the real SDK to the span; the same for a stream."""
    bill = till.ask(case.model, case.step, config=case.config, at=case.at, stream=stream)

    assert bill.pico_usd == (usd(case.usd) if case.usd else None)
    assert (bill.status, bill.reasons) == (case.status, case.reasons)
    if case.upper_usd is not None:
        assert bill.upper_pico_usd == usd(case.upper_usd)
    elif case.status in ("exact", "unpriced"):
        assert bill.upper_pico_usd is None


def test_there_are_as_many_cases_as_the_research_has_for_these_surfaces() -> None:
    """27, without batch (three) and Live (one)."""
    assert len(CASES) == 27 - 4
