"""Google's webhooks at the collector's door: every delivery over real HTTP, the store compared before and after."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.collector import RunningCollector, config_for
from support.webhooks import (
    KeyPair,
    Listener,
    b64url,
    event,
    secret_of,
    signature,
    signed,
    unsigned_token,
)

PATH = "/webhooks/gemini"
OLD, NEW, OTHER = secret_of("old"), secret_of("new"), secret_of("other")
AUDIENCE = "https://ledger.example.com/webhooks/gemini"
REFUSED = "gemledger_collector_webhooks_refused_total"
ACCEPTED = "gemledger_collector_webhooks_accepted_total"
TABLES = ("webhook_ids", "webhook_events", "job_events", "settlements", "spans", "ledger")

Json = dict[str, Any]


class Door:
    """A collector that believes two secrets and one set of public keys, and what it holds."""

    def __init__(self, collector: RunningCollector, google: Listener) -> None:
        self.collector = collector
        self.google = google
        self.key = KeyPair()
        self.publish(self.key.jwk())
        self.numbers = iter(range(10**6))
        self.counted: dict[str, float] = {}

    def count_from_here(self) -> None:
        """Let what was counted so far be nothing."""
        lines = self.collector.http.get("/metrics").text.splitlines()
        pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        self.counted = {name: float(value) for name, _, value in pairs}

    def publish(self, *keys: Json) -> None:
        """Let these be the public keys."""
        self.google.answer = json.dumps({"keys": keys}).encode()

    def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """One delivery, with these headers and no others."""
        return self.collector.http.post(PATH, content=body, headers=headers)

    def fresh_id(self) -> str:
        """An id that no delivery had."""
        return f"msg_{next(self.numbers)}"

    def token(self, told: Json, **changes: Any) -> str:
        """A token as Google makes it, but for these claims; None leaves one out."""
        now = int(time.time())
        claims = {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
        claims["jti"] = self.fresh_id()
        claims = {k: v for k, v in (claims | changes).items() if v is not None}
        return self.key.token(claims)

    def stamped(self, text: str, **changes: str) -> dict[str, str]:
        """Headers with this as the signature."""
        headers = {
            "content-type": "application/json",
            "webhook-id": self.fresh_id(),
            "webhook-timestamp": str(int(time.time())),
            "webhook-signature": text,
        }
        return headers | changes

    def holds(self) -> Json:
        """Every row of every table that a webhook could change."""
        return {
            name: self.collector.select(f"select * from {name} order by all") for name in TABLES
        }

    def events(self) -> list[Json]:
        """What was told and kept, by the read API."""
        found: list[Json] = self.collector.get("/api/v1/webhooks")["events"]
        return found

    def refused(self, reason: str) -> float:
        """How many deliveries were refused for it."""
        return self._since(f'{REFUSED}{{reason="{reason}"}}')

    def accepted(self, kind: str) -> float:
        """How many deliveries of a kind were taken."""
        return self._since(f'{ACCEPTED}{{reason="{kind}"}}')

    def _since(self, name: str) -> float:
        return self.collector.metric(name) - self.counted.get(name, 0)


@contextlib.contextmanager
def opened_door(folder: Path) -> Iterator[Door]:
    """The door of a new collector."""
    with Listener() as google:
        webhooks = {
            "secrets": [OLD, NEW],
            "per_job": {"jwks_url": f"{google.url}/jwks", "audience": AUDIENCE, "issuer": "google"},
        }
        extensions = {"settle": {"webhooks": webhooks}}
        with RunningCollector(config_for(folder / "l.duckdb", extensions=extensions)) as collector:
            yield Door(collector, google)


@pytest.fixture(scope="module")
def one_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The door of a collector that runs on: a refusal leaves nothing behind for the test after it."""
    with opened_door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture
def door(one_door: Door) -> Door:
    """The same, and nothing counted yet."""
    one_door.count_from_here()
    return one_door


@pytest.fixture
def new_door(tmp_path: Path) -> Iterator[Door]:
    """The door of a collector that nobody came to yet."""
    with opened_door(tmp_path) as opened:
        yield opened


def body_of(kind: str = "batch.succeeded", job: str = "batches/b1") -> bytes:
    """An event's bytes."""
    return json.dumps(event(kind, job)).encode()


def good(door: Door, body: bytes, secret: str = NEW) -> dict[str, str]:
    """The headers of a delivery that would be taken."""
    return signed(secret, door.fresh_id(), int(time.time()), body)


# What is good


@pytest.mark.parametrize(
    ("kind", "job", "name", "state"),
    [
        ("batch.succeeded", "batches/b1", "batches/b1", "succeeded"),
        ("batch.succeeded", "b0", "batches/b0", "succeeded"),
        ("batch.failed", "batches/b2", "batches/b2", "failed"),
        ("batch.expired", "batches/b3", "batches/b3", "expired"),
        ("batch.cancelled", "batches/b4", "batches/b4", "cancelled"),
        ("interaction.completed", "v1_a.b-D_e=", "v1_a.b-D_e=", "completed"),
        ("interaction.failed", "interactions/i1", "i1", "failed"),
        ("interaction.requires_action", "i2", "i2", "requires_action"),
        (
            "video.generated",
            "models/veo-3.1/operations/o1",
            "models/veo-3.1/operations/o1",
            "succeeded",
        ),
    ],
)
def test_a_signed_event_is_kept_and_says_how_far_its_job_is(
    door: Door, kind: str, job: str, name: str, state: str
) -> None:
    """Answered 202 once it is on disk; the ledger of jobs knows of it."""
    body = body_of(kind, job)
    answer = door.post(body, good(door, body))
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    told = door.events()[0]
    assert (told["type"], told["job"], told["state"]) == (kind, name, "pending")
    known = door.collector.select(f"select state from job_events where job_name = '{name}'")
    assert known == [[state]]
    assert door.accepted(kind) == 1


def test_while_a_secret_is_rotated_either_signature_will_do(door: Door) -> None:
    """Any configured secret with any signature; unknown versions and secrets beside them do no harm."""
    for secrets in ((OLD,), (NEW,), (OTHER, OLD), (NEW, OLD)):
        body, name, now = body_of(), door.fresh_id(), str(int(time.time()))
        made = [signature(secret, name, now, body) for secret in secrets]
        headers = door.stamped(" ".join(["v1a,AAAA", *made]), **{"webhook-id": name})
        headers["webhook-timestamp"] = now
        assert door.post(body, headers).status_code == 202


@pytest.mark.parametrize("kind", ["webhook.ping", "batch.dreamt", ""])
def test_an_event_of_a_new_kind_is_taken_and_changes_nothing(door: Door, kind: str) -> None:
    """Google may add some: 200, one count, and the delivery is known when it comes again."""
    body, before = json.dumps({"type": kind, "data": {"id": 7}}).encode(), door.holds()
    headers = good(door, body)
    assert door.post(body, headers).status_code == 200
    after = door.holds()
    assert [name for name in TABLES if after[name] != before[name]] == ["webhook_ids"]
    assert door.accepted("unknown") == 1
    assert door.post(body, headers).status_code == 409


def test_a_job_that_waits_is_not_kept_twice(door: Door) -> None:
    """Two deliveries with ids of their own, one job to fetch."""
    body = body_of(job="batches/waits")
    assert [door.post(body, good(door, body)).status_code for _ in range(2)] == [202, 202]
    assert [told["job"] for told in door.events()].count("batches/waits") == 1


def test_the_token_of_a_job_of_its_own_is_taken(new_door: Door) -> None:
    """Signed with a public key, for our audience, now, and with the event in it; the keys are fetched once."""
    for number in range(3):
        told = event(job=f"batches/j{number}")
        answer = new_door.post(json.dumps(told).encode(), new_door.stamped(new_door.token(told)))
        assert (answer.status_code, len(new_door.google.requests)) == (202, 1), answer.text
    assert len(new_door.events()) == 3


# What is not


def forged(door: Door, body: bytes) -> dict[str, str]:
    """Signed with a secret that is not ours."""
    return good(door, body, OTHER)


def changed_body(door: Door, body: bytes) -> dict[str, str]:
    """Signed, and then changed."""
    return good(door, body + b" ")


def changed_id(door: Door, body: bytes) -> dict[str, str]:
    """The id is signed as well."""
    return good(door, body) | {"webhook-id": door.fresh_id()}


def changed_time(door: Door, body: bytes) -> dict[str, str]:
    """So is the time."""
    return good(door, body) | {"webhook-timestamp": str(int(time.time()) - 5)}


def stale(door: Door, body: bytes) -> dict[str, str]:
    """Signed more than five minutes ago."""
    return signed(NEW, door.fresh_id(), int(time.time()) - 303, body)


def future(door: Door, body: bytes) -> dict[str, str]:
    """Signed more than five minutes from now."""
    return signed(NEW, door.fresh_id(), int(time.time()) + 303, body)


def without(name: str) -> Callable[[Door, bytes], dict[str, str]]:
    """A delivery that lacks a header."""

    def headers(door: Door, body: bytes) -> dict[str, str]:
        return {key: value for key, value in good(door, body).items() if key != name}

    return headers


def with_header(name: str, value: str) -> Callable[[Door, bytes], dict[str, str]]:
    """A delivery in which a header is another."""
    return lambda door, body: good(door, body) | {name: value}


def truncated(door: Door, body: bytes) -> dict[str, str]:
    """The signature was cut off."""
    headers = good(door, body)
    return headers | {"webhook-signature": headers["webhook-signature"][:-3]}


def of_nothing(door: Door, body: bytes) -> dict[str, str]:
    """A signature made with an empty key."""
    return good(door, body, "whsec_")


STATIC = [
    (forged, "forged"),
    (changed_body, "forged"),
    (changed_id, "forged"),
    (changed_time, "forged"),
    (truncated, "forged"),
    (of_nothing, "forged"),
    (with_header("webhook-signature", "v1,"), "forged"),
    (with_header("webhook-signature", "v1,!!!! v2,AAAA , v1"), "forged"),
    (with_header("webhook-signature", " ".join(["v1,AAAA"] * 1000)), "forged"),
    (stale, "stale"),
    (future, "stale"),
    (with_header("webhook-timestamp", "9" * 12), "stale"),
    (with_header("webhook-timestamp", "9" * 5000), "malformed_header"),
    (with_header("webhook-timestamp", "now"), "malformed_header"),
    (with_header("webhook-timestamp", "-1"), "malformed_header"),
    (with_header("webhook-timestamp", "1e9"), "malformed_header"),
    (with_header("webhook-id", "a b"), "malformed_header"),
    (with_header("webhook-id", "x" * 257), "malformed_header"),
    (with_header("webhook-id", ""), "unsigned"),
    (without("webhook-id"), "unsigned"),
    (without("webhook-timestamp"), "unsigned"),
    (without("webhook-signature"), "unsigned"),
]


def name_of(attack: object) -> str | None:
    """What a case is called."""
    return getattr(attack, "__name__", None)


@pytest.mark.parametrize(("attack", "reason"), STATIC, ids=name_of)
def test_a_delivery_that_nobody_we_know_signed_changes_nothing(
    door: Door, attack: Callable[[Door, bytes], dict[str, str]], reason: str
) -> None:
    """401, one count by reason, and the store as it was."""
    body, before = body_of(), door.holds()
    answer = door.post(body, attack(door, body))
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "unverified")
    assert (door.holds(), door.refused(reason)) == (before, 1)


def test_a_header_twice_or_with_other_letters_is_none(door: Door) -> None:
    """Which of two would count is anybody's guess, and a signature is ASCII."""
    body, before = body_of(), door.holds()
    pairs = list(good(door, body).items())
    for odd in (
        [*pairs, ("webhook-id", "msg_other")],
        [*pairs[:-1], ("webhook-signature", "v1,\u00e9\u00e9".encode())],
        [*pairs[:-1], ("webhook-signature", b"v1,\xff\xfe")],
    ):
        answer = door.collector.http.post(PATH, content=body, headers=odd)  # type: ignore[arg-type]  # bytes on purpose
        assert answer.status_code == 401
    assert (door.holds(), door.refused("malformed_header")) == (before, 3)


def test_a_body_that_says_the_same_in_other_bytes_is_not_what_was_signed(door: Door) -> None:
    """A proxy that rewrites JSON, or adds a line break, makes a signature worthless."""
    body, before = body_of(), door.holds()
    for other in (body + b"\n", b" " + body, json.dumps(json.loads(body), indent=1).encode()):
        assert door.post(other, good(door, body)).status_code == 401
    assert (door.holds(), door.refused("forged")) == (before, 3)


def test_a_delivery_that_comes_again_is_refused_and_changes_nothing(door: Door) -> None:
    """409, under whichever secret it is signed this time, and after a restart too."""
    body = body_of()
    first = good(door, body)
    assert door.post(body, first).status_code == 202
    before = door.holds()
    again = signed(OLD, first["webhook-id"], int(time.time()) + 1, body)
    assert [door.post(body, each).status_code for each in (first, again)] == [409, 409]
    assert (door.holds(), door.refused("repeated")) == (before, 2)


def test_of_a_delivery_sent_many_times_at_once_one_is_taken(new_door: Door) -> None:
    """Sixteen at the same moment: one 202, fifteen 409, one row."""
    body = body_of()
    headers = good(new_door, body)
    together = threading.Barrier(16)

    def sent(_: int) -> int:
        with httpx.Client(base_url=new_door.collector.url, trust_env=False, timeout=30) as client:
            together.wait()
            return client.post(PATH, content=body, headers=headers).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = sorted(threads.map(sent, range(16)))
    assert statuses == [202] + [409] * 15
    assert len(new_door.holds()["webhook_ids"]) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(door: Door, chunked: bool) -> None:
    """413, whether its size is told beforehand or not, and however well it is signed."""
    body = body_of() + b" " * 2**16
    before, headers = door.holds(), good(door, body)
    content: Any = iter([body[:1000], body[1000:]]) if chunked else body
    answer = door.collector.http.post(PATH, content=content, headers=headers)
    assert answer.status_code == 413
    assert (door.holds(), door.refused("too_large")) == (before, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type": 3}',
        b"[" * 60_000,
        b'{"type": "batch.succeeded"}',
        b'{"type": "batch.succeeded", "data": []}',
        b'{"type": "batch.succeeded", "data": {"id": "batches/../files/f1"}}',
        b'{"type": "batch.succeeded", "data": {"id": "batches/b?key=1"}}',
        b'{"type": "video.generated", "data": {"id": "models/../operations/o"}}',
        b'{"type": "interaction.completed", "data": {"id": ""}}',
        b'{"type": "interaction.completed", "data": {"id": ".."}}',
        b'{"type": "interaction.completed", "data": {"id": "i/cancel"}}',
        b'{"type": "batch.succeeded", "data": {"id": "b:cancel"}}',
        b'{"type": "batch.succeeded", "data": {"id": "%2e%2e"}}',
        b'{"type": "batch.succeeded", "data": {"id": "b1\\n"}}',
        b"\xff\xfe",
    ],
    ids=lambda body: str(body[:60]),
)
def test_a_signed_body_that_is_no_event_is_refused(door: Door, body: bytes) -> None:
    """400: not JSON, or a name that would lead the collector's own key elsewhere."""
    before = door.holds()
    assert door.post(body, good(door, body)).status_code == 400
    assert (door.holds(), door.refused("invalid")) == (before, 1)


@pytest.mark.parametrize(
    "header",
    [{"content-type": "text/plain"}, {"content-type": ""}, {"content-encoding": "gzip"}],
)
def test_what_is_not_plain_json_is_refused(door: Door, header: dict[str, str]) -> None:
    """400, although it is signed."""
    body, before = body_of(), door.holds()
    assert door.post(body, good(door, body) | header).status_code == 400
    assert (door.holds(), door.refused("invalid")) == (before, 1)


def test_only_post_is_for_webhooks(door: Door) -> None:
    """405 for the rest."""
    assert door.collector.http.get(PATH).status_code == 405


def test_without_configuration_there_is_no_receiver_and_the_answer_says_how(
    collector: RunningCollector,
) -> None:
    """404, with the setting's name."""
    answer = collector.http.post(PATH, json=event())
    assert answer.status_code == 404
    assert "extensions.settle.webhooks.secrets" in answer.json()["error"]["message"]


# Tokens that are not


def hmac_with_public_key(door: Door, told: Json) -> str:
    """The public key taken as an HMAC secret: the classic confusion."""
    import hashlib  # noqa: PLC0415 - only for this one
    import hmac  # noqa: PLC0415 - as above

    jwk = door.key.jwk()
    now = int(time.time())
    claims = {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
    content = unsigned_token({"alg": "HS256", "kid": jwk["kid"]}, claims)
    return f"{content}.{b64url(hmac.new(jwk['n'].encode(), content.encode(), hashlib.sha256).digest())}"


def no_algorithm(door: Door, told: Json) -> str:
    """``none``, and a signature of nothing."""
    now = int(time.time())
    claims = {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
    return unsigned_token({"alg": "none", "kid": "key-1"}, claims) + ".AA"


def of_another_key(door: Door, told: Json) -> str:
    """Signed by somebody else under the name of a known key."""
    now = int(time.time())
    claims = {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
    return KeyPair(door.key.key_id).token(claims)


def of_an_unknown_key(door: Door, told: Json) -> str:
    """Signed by a key that is not published."""
    now = int(time.time())
    claims = {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
    return KeyPair("key-2").token(claims)


def changed_claims(door: Door, told: Json) -> str:
    """The claims of one token with the signature of another."""
    head, _, _ = door.token(told).split(".")
    _, claims, _ = door.token(event(job="batches/mine")).split(".")
    _, _, raw = door.token(told).split(".")
    return f"{head}.{claims}.{raw}"


def with_claims(**changes: Any) -> Callable[[Door, Json], str]:
    """A good token, but for these claims."""
    return lambda door, told: door.token(told, **changes)


def aged(seconds: int, lives: int = 300) -> Callable[[Door, Json], str]:
    """A token issued so long ago."""

    def made(door: Door, told: Json) -> str:
        issued = int(time.time()) - seconds
        return door.token(told, iat=issued, exp=issued + lives)

    return made


TOKENS = [
    (no_algorithm, "wrong_algorithm"),
    (hmac_with_public_key, "wrong_algorithm"),
    (of_another_key, "forged"),
    (changed_claims, "forged"),
    (of_an_unknown_key, "unknown_key"),
    (lambda door, told: door.key.token(told, kid=None), "unknown_key"),
    (lambda door, told: door.key.token(told, crit=["exp"]), "wrong_algorithm"),
    (lambda door, told: door.token(told)[:-40], "forged"),
    (lambda door, told: "a.b.c", "malformed_token"),
    (lambda door, told: "..", "malformed_token"),
    (lambda door, told: "e30.e30.", "malformed_token"),
    (lambda door, told: "W10.e30.AA", "malformed_token"),
    (aged(301), "expired"),
    (aged(320, 3600), "stale"),
    (aged(-330), "stale"),
    (with_claims(nbf=2 * 10**9), "stale"),
    (with_claims(exp=None), "undated"),
    (with_claims(iat=None), "undated"),
    (with_claims(exp="soon"), "malformed_token"),
    (with_claims(exp=True), "malformed_token"),
    (with_claims(exp=10**400), "malformed_token"),
    (with_claims(iat=float("nan")), "malformed_token"),
    (with_claims(aud="https://elsewhere.example"), "wrong_audience"),
    (with_claims(aud=None), "wrong_audience"),
    (with_claims(iss="somebody"), "wrong_issuer"),
    (with_claims(type=None), "unbound"),
    (with_claims(data=None), "unbound"),
    (with_claims(data={"id": "batches/other"}), "other_body"),
    (with_claims(type="batch.failed"), "other_body"),
]


@pytest.mark.parametrize(("attack", "reason"), TOKENS)
def test_a_token_that_is_not_googles_for_us_and_for_this_changes_nothing(
    door: Door, attack: Callable[[Door, Json], str], reason: str
) -> None:
    """401, one count by reason, and the store as it was."""
    told, before = event(), door.holds()
    answer = door.post(json.dumps(told).encode(), door.stamped(attack(door, told)))
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "unverified"), answer.text
    assert (door.holds(), door.refused(reason)) == (before, 1)


def test_a_token_is_good_for_one_delivery_under_whatever_id(door: Door) -> None:
    """The header webhook-id beside a token is not signed, so the token itself is remembered, however it is spelt."""
    told = event()
    body, token = json.dumps(told).encode(), door.token(told)
    assert door.post(body, door.stamped(token)).status_code == 202
    before = door.holds()
    last = token[-1]
    spelt = token[:-1] + (
        "B" if last == "A" else "h" if last == "g" else "R" if last == "Q" else "x"
    )
    assert door.post(body, door.stamped(token)).status_code == 409
    assert door.post(body, door.stamped(spelt)).status_code == 409
    assert door.holds() == before


def test_the_id_beside_a_token_cannot_block_a_signed_one(door: Door) -> None:
    """Whoever may send tokens of jobs of their own does not take an id away from a registered webhook."""
    told = event()
    body = json.dumps(told).encode()
    assert (
        door.post(body, door.stamped(door.token(told), **{"webhook-id": "msg_x"})).status_code
        == 202
    )
    assert door.post(body, signed(NEW, "msg_x", int(time.time()), body)).status_code == 202


def test_made_up_keys_do_not_make_the_collector_ask_for_each(new_door: Door) -> None:
    """The keys are fetched for the first, and for no other within the minute."""
    told = event()
    for number in range(20):
        token = new_door.key.token(told, kid=f"made-up-{number}")
        assert new_door.post(json.dumps(told).encode(), new_door.stamped(token)).status_code == 401
    assert len(new_door.google.requests) == 1


def test_while_the_keys_cannot_be_had_a_token_is_put_off(new_door: Door) -> None:
    """503: it may be Google's, and comes again; registered webhooks go on."""
    new_door.google.answer = b"not a JWKS"
    told, before = event(), new_door.holds()
    answer = new_door.post(json.dumps(told).encode(), new_door.stamped(new_door.token(told)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert (new_door.holds(), new_door.refused("overloaded")) == (before, 1)
    body = body_of()
    assert new_door.post(body, good(new_door, body)).status_code == 202


def test_keys_that_cannot_sign_are_passed_over(new_door: Door) -> None:
    """A short key, one for encryption and one that is broken are no keys; the good one beside them is."""
    short = KeyPair("short", bits=1024)
    jwk = new_door.key.jwk
    new_door.publish(short.jwk(), jwk(kid="enc", use="enc"), jwk(kid="e", e="!"), {"kid": 1}, jwk())
    told = event()
    body, now = json.dumps(told).encode(), int(time.time())
    claims = {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
    assert new_door.post(body, new_door.stamped(short.token(claims))).status_code == 401
    assert (
        new_door.post(body, new_door.stamped(new_door.key.token(claims, kid="enc"))).status_code
        == 401
    )
    assert new_door.post(body, new_door.stamped(new_door.token(told))).status_code == 202


# Anything at all

HEADER = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)
PART = st.binary(max_size=30).map(b64url)
SIGNATURE = st.one_of(
    HEADER,
    st.lists(st.binary(max_size=40).map(lambda raw: f"v1,{b64url(raw)}"), max_size=4).map(" ".join),
    st.tuples(PART, PART, PART).map(".".join),
    st.builds(
        lambda alg, kid: unsigned_token({"alg": alg, "kid": kid}, event()) + ".AAAA",
        st.sampled_from(["RS256", "none", "HS256", "", None]),
        st.sampled_from(["key-1", "", None, 3]),
    ),
)
BODY = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.just(body_of()),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=HEADER, offset=st.integers(-400, 400), text=SIGNATURE, body=BODY)
def test_nothing_unsigned_is_ever_taken_or_breaks_the_collector(
    door: Door, name: str, offset: int, text: str, body: bytes
) -> None:
    """Whatever the headers and the body: a refusal with a reason, and the store as it was."""
    headers = door.stamped(text, **{"webhook-id": name})
    headers["webhook-timestamp"] = str(int(time.time()) + offset)
    before = door.events()
    assert door.post(body, headers).status_code in (400, 401)
    assert door.events() == before


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODY)
def test_no_signed_body_breaks_the_collector(door: Door, body: bytes) -> None:
    """It is taken, or it is no event."""
    assert door.post(body, good(door, body)).status_code in (200, 202, 400)


# What is never shown


def test_secrets_are_in_no_answer_metric_or_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not after good and forged deliveries, not in the API, not in /metrics, not in the configuration's text."""
    secret, api_key = secret_of("never shown"), "AIza-never-shown"
    webhooks = {
        "secrets": [secret],
        "fetch": {"api_key": api_key, "base_url": "http://127.0.0.1:9"},
    }
    config = config_for(tmp_path / "l.duckdb", extensions={"settle": {"webhooks": webhooks}})
    with caplog.at_level("DEBUG"), RunningCollector(config) as collector:
        body = body_of()
        answers = [
            collector.http.post(
                PATH, content=body, headers=signed(each, name, int(time.time()), body)
            )
            for name, each in (("a", secret), ("b", OTHER), ("a", secret))
        ]
        assert [answer.status_code for answer in answers] == [202, 401, 409]
        pages = [
            collector.http.get(path).text
            for path in ("/metrics", "/api/v1/webhooks", "/api/v1/status")
        ]
    shown = "".join([*(answer.text for answer in answers), *pages, caplog.text, repr(config)])
    for hidden in (secret, secret.removeprefix("whsec_"), api_key):
        assert hidden not in shown
