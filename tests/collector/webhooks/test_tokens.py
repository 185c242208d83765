"""Tokens of single jobs' webhooks that are not Google's, not for us, not now, or not of this body."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from support.webhook_door import NEW, Door, Json, body_of, claims_of, good
from support.webhooks import KeyPair, b64url, event, signed, unsigned_token


def hmac_with_public_key(door: Door, told: Json) -> str:
    """The public key taken as an HMAC secret: the classic confusion."""
    jwk = door.key.jwk()
    claims = claims_of(told)
    content = unsigned_token({"alg": "HS256", "kid": jwk["kid"]}, claims)
    return f"{content}.{b64url(hmac.new(jwk['n'].encode(), content.encode(), hashlib.sha256).digest())}"


def no_algorithm(door: Door, told: Json) -> str:
    """``none``, and a signature of nothing."""
    claims = claims_of(told)
    return unsigned_token({"alg": "none", "kid": "key-1"}, claims) + ".AA"


def of_another_key(door: Door, told: Json) -> str:
    """Signed by somebody else under the name of a known key."""
    claims = claims_of(told)
    return KeyPair(door.key.key_id).token(claims)


def of_an_unknown_key(door: Door, told: Json) -> str:
    """Signed by a key that is not published."""
    claims = claims_of(told)
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
    body, claims = json.dumps(told).encode(), claims_of(told)
    assert new_door.post(body, new_door.stamped(short.token(claims))).status_code == 401
    assert (
        new_door.post(body, new_door.stamped(new_door.key.token(claims, kid="enc"))).status_code
        == 401
    )
    assert new_door.post(body, new_door.stamped(new_door.token(told))).status_code == 202
