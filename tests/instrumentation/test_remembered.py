"""What a process keeps in mind is bounded."""

from gemledger.remembered import Remembered


def test_the_oldest_is_forgotten_and_what_is_kept_again_is_new() -> None:
    """Two at most; whether a name is new is said once."""
    kept: Remembered[int] = Remembered(2)

    assert [kept.keep("a", 1), kept.keep("b", 2), kept.keep("a", 3)] == [True, True, False]
    assert kept.keep("c", 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (3, None, 4)
    assert kept.keep("b", 5)
