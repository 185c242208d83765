"""The fact table, and how questions and claims are recognised."""

import itertools

import pytest

from gemledger_simulator import facts


def test_no_claim_is_part_of_another_with_a_different_truth() -> None:
    """Otherwise a right answer would be read as a wrong one."""
    claims = list(facts.all_claims())
    assert len(facts.table()) >= 40
    assert len({facts.plain(claim.sentence) for claim in claims}) == len(claims)
    for one, other in itertools.permutations(claims, 2):
        assert one.true is other.true or facts.plain(one.sentence) not in facts.plain(
            other.sentence
        )


def test_every_question_finds_its_own_fact() -> None:
    """Word for word, inside other words, and with capitals and line breaks of its own."""
    for fact in facts.table():
        for question in fact.questions:
            assert facts.asked_literally(f"Hi!\n{question.upper()}\nThanks") is fact


@pytest.mark.parametrize(
    ("asked", "fact_id"),
    [
        ("battery life?", "battery-life"),
        ("i need a refund, how long", "refund-time"),
        ("tell me about frost alarms and the frost alarm temperature", "alarm"),
        ("the password length", "password-length"),
    ],
)
def test_other_words_find_the_fact_as_well(asked: str, fact_id: str) -> None:
    """A person at the keyboard does not know the table's phrases."""
    found = facts.asked_about(asked)
    assert found
    assert found.id == fact_id


def test_small_talk_is_about_no_fact() -> None:
    """Nothing is better than something beside the point."""
    assert facts.asked_about("hello, how are you today?") is None
    assert (
        facts.asked_about("my battery of unit tests fails on the second run since the last merge")
        is None
    )


def test_claims_are_found_whatever_their_layout() -> None:
    """Line breaks, capitals and JSON's escapes do not hide them."""
    fact = facts.table()[0]
    text = "So:\\n" + fact.claim(0, fact.right).upper().replace(" ", "\n") + "."
    (claim,) = facts.claims_in(text)
    assert claim == facts.Claim(fact.claim(0, fact.right), True, fact.id, fact.right)
