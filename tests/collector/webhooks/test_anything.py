"""Anything at all at the door: never an error of ours, never a change, never a secret shown."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.collector import RunningCollector, config_for
from support.webhook_door import OTHER, PATH, Door, body_of, good
from support.webhooks import b64url, event, secret_of, signed, unsigned_token

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
