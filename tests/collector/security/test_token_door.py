"""The door: whose token is it, is it still good, may it do this, and this often?"""

import tracemalloc

import pytest

from gemledger_collector.access import SCOPES, Scope, scope_of
from gemledger_collector.errors import CollectorError, Forbidden, RateLimited, Unauthorized
from gemledger_collector.token_door import Token, TokenDoor
from gemledger_collector.tokens import TokenHash, new_secret

SECOND = 10**9
SECRET, OTHER = new_secret(), new_secret()


class Doorkeeper:
    """A door whose clock the test sets, and what it counted."""

    def __init__(self, *tokens: Token) -> None:
        self.now = 1_000 * SECOND
        self.counted: list[str] = []
        self.said: list[str] = []
        self.door = TokenDoor(tokens, lambda: self.now, self.counted.append)

    def ask(
        self, secret: str = SECRET, scope: Scope | None = "read", peer: str = "10.0.0.1"
    ) -> str:
        """The caller's name, or the kind of the refusal."""
        try:
            return self.door.admit(f"Bearer {secret}", scope, peer=peer).name
        except CollectorError as error:
            self.said.append(str(error))
            return error.kind


def token(name: str = "dash", secret: str = SECRET, *scopes: Scope, **settings: int) -> Token:
    """A token; reads unless told otherwise."""
    return Token(name, TokenHash.of(secret), frozenset(scopes or ("read",)), **settings)


def test_the_right_token_is_let_in_by_name_among_many() -> None:
    """Whichever place it has in the file."""
    others = [token(f"t{number}", new_secret()) for number in range(5)]
    keeper = Doorkeeper(*others[:2], token(), *others[2:])
    assert keeper.ask() == "dash"
    assert keeper.ask(scope=None) == "dash"


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", f"Basic {SECRET}", SECRET, f"Bearer {OTHER}", "Bearer hunter2"],
    # Names of their own: the secrets are new in every process, and xdist wants the same tests in each.
    ids=["none", "empty", "scheme", "no-token", "basic", "bare", "unknown", "password"],
)
def test_anything_but_a_bearer_token_that_is_known_is_unauthorized(header: str | None) -> None:
    """Neither another scheme, nor a token of somebody else."""
    with pytest.raises(Unauthorized):
        Doorkeeper(token()).door.admit(header, "read")


def test_a_hash_in_the_configuration_is_no_password() -> None:
    """Who reads the file cannot get in with what stands there."""
    held = token()
    assert Doorkeeper(held).ask(str(held.hash)) == "unauthorized"
    # Not even where somebody hashed a word of their own: only what `token new` makes is a secret.
    keeper = Doorkeeper(token(secret="hunter2"))
    assert keeper.ask("hunter2") == "unauthorized"
    assert "hunter2" not in keeper.said[0]


def test_a_scope_is_that_scope_alone_but_admin_is_all() -> None:
    """Reading figures is not reading prompts, and sending is neither."""
    for held in SCOPES:
        keeper = Doorkeeper(token("one", SECRET, held))
        allowed = {scope for scope in SCOPES if keeper.ask(scope=scope) == "one"}
        assert allowed == (set(SCOPES) if held == "admin" else {held})


def test_a_token_is_refused_from_the_moment_it_expires() -> None:
    """To the nanosecond, and not before."""
    keeper = Doorkeeper(token(expires_unix_nano=1_000 * SECOND))
    keeper.now -= 1
    assert keeper.ask() == "dash"
    keeper.now += 1
    assert keeper.ask() == "unauthorized"
    assert keeper.counted == ["expired"]


def test_a_limit_lets_a_minute_s_worth_in_and_says_when_to_come_again() -> None:
    """Others are served meanwhile, and a refused request costs nothing."""
    keeper = Doorkeeper(token(requests_per_minute=30), token("other", OTHER))
    assert [keeper.ask() for _ in range(31)] == ["dash"] * 30 + ["rate_limited"]
    assert keeper.ask(OTHER) == "other"
    with pytest.raises(RateLimited) as caught:
        keeper.door.admit(f"Bearer {SECRET}", "read")
    assert caught.value.retry_after_seconds == 2
    keeper.now += 2 * SECOND
    assert [keeper.ask(), keeper.ask()] == ["dash", "rate_limited"]


def test_a_clock_that_steps_back_gives_nothing_and_takes_nothing_for_good() -> None:
    """After the step the minute goes on from there."""
    keeper = Doorkeeper(token(requests_per_minute=60))
    assert {keeper.ask() for _ in range(60)} == {"dash"}
    keeper.now -= 500 * SECOND
    assert keeper.ask() == "rate_limited"
    keeper.now += SECOND
    assert keeper.ask() == "dash"


def test_wrong_tokens_from_one_address_are_slowed_down_and_right_ones_are_not() -> None:
    """A misconfigured app behind the same address locks nobody out."""
    keeper = Doorkeeper(token())
    assert [keeper.ask(OTHER) for _ in range(21)] == ["unauthorized"] * 20 + ["rate_limited"]
    assert keeper.ask(OTHER, peer="10.0.0.2") == "unauthorized"
    assert keeper.ask() == "dash"
    keeper.now += 3 * SECOND
    assert keeper.ask(OTHER) == "unauthorized"
    assert keeper.counted[-3:] == ["throttled", "unknown", "unknown"]


def test_tokens_are_rotated_without_a_gap_and_limits_survive() -> None:
    """The old one is out at once; who was limited stays so."""
    limited = token(requests_per_minute=1)
    keeper = Doorkeeper(limited, token("old", OTHER))
    assert [keeper.ask(), keeper.ask(OTHER)] == ["dash", "old"]
    keeper.door.renew([limited])
    assert [keeper.ask(), keeper.ask(OTHER)] == ["rate_limited", "unauthorized"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/healthz", None),
        ("GET", "/healthz/../metrics", "admin"),
        ("GET", "/healthzz", "admin"),
        ("POST", "/v1/traces", "ingest"),
        ("GET", "/api/v1/spend", "read"),
        ("POST", "/api/v1/query", "read"),
        ("POST", "/api/v1/silences", "write"),
        ("DELETE", "/api/v1/silences/7", "write"),
        ("GET", "/api/v1/audit", "admin"),
        ("GET", "/api/v1/audits", "read"),
        ("GET", "/api/v1/export/contents", "content"),
        ("HEAD", "/api/v1/export/contents", "content"),
        ("GET", "/", "admin"),
        ("GET", "//api/v1/spend", "admin"),
        ("OPTIONS", "/nowhere", "admin"),
    ],
)
def test_the_longest_entry_decides_and_what_is_not_listed_is_shut(
    method: str, path: str, scope: Scope | None
) -> None:
    """A route that somebody forgot is no hole."""
    assert scope_of(method, path) == scope


def test_forbidden_names_the_scope_that_is_missing() -> None:
    """So that the holder knows what to ask for."""
    with pytest.raises(Forbidden, match="'dash' has not the scope 'admin'"):
        Doorkeeper(token()).door.admit(f"Bearer {SECRET}", "admin")


def test_paths_that_strangers_make_up_are_not_remembered() -> None:
    """However long they are and however many: this is asked before anybody's token."""
    tracemalloc.start()
    for number in range(2000):
        assert scope_of("GET", f"/api/v1/{number}/" + "x" * 50_000) == "read"
    assert tracemalloc.get_traced_memory()[0] < 2**20
    tracemalloc.stop()
