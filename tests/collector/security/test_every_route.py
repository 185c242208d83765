"""One token of each scope at every route: only what is allowed works."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # publishes none
from support.collector import RunningCollector, config_for
from support.otlp import payload_of
from support.tokens import Issued, extensions, one_of_each_scope

from gemledger_collector.access import SCOPES
from gemledger_collector.api.app import create_app

if TYPE_CHECKING:
    from gemledger_collector.api.context import Context

TOKENS = one_of_each_scope()
EXPIRED = Issued("expired", SCOPES, {"expires": "2020-01-01"})
STRANGER = Issued("stranger", SCOPES)
OPEN = {"/healthz", "/readyz"}

RECEIVERS = {
    ("POST", "/v1/traces"): "ingest",
    ("POST", "/v1/logs"): "ingest",
    ("POST", "/v1/metrics"): "ingest",
}
"""What is answered before the web framework."""

NEEDED: Mapping[tuple[str, str], str] = {
    ("POST", "/api/v1/query"): "read",
    ("POST", "/api/v1/sql"): "read",
    ("POST", "/api/v1/alerts/preview"): "read",
    ("POST", "/api/v1/budgets/check"): "ingest",
    ("POST", "/api/v1/budgets/reservations/{reservation_id}/release"): "ingest",
    ("POST", "/api/v1/feedback"): "ingest",
    ("POST", "/api/v1/reprice"): "admin",
    ("POST", "/api/v1/attribution/preview"): "write",
    ("POST", "/api/v1/alerts/channels/{name}/test"): "write",
    ("POST", "/api/v1/alerts/backtest"): "read",
    ("POST", "/api/v1/alerts/silences"): "write",
    ("POST", "/api/v1/alerts/{alert_id}/acknowledge"): "write",
    ("DELETE", "/api/v1/alerts/silences/{silence_id}"): "write",
    ("GET", "/api/v1/audit"): "admin",
    ("POST", "/api/v1/upkeep/backup"): "admin",
    ("POST", "/api/v1/upkeep/compact"): "admin",
    ("POST", "/api/v1/upkeep/erase"): "admin",
    ("GET", "/api/v1/contents/{trace_id}/{span_id}"): "content",
    ("POST", "/api/v1/labels"): "write",
    ("GET", "/api/v1/labels/next"): "content",
    ("GET", "/api/v1/datasets"): "content",
    ("GET", "/api/v1/datasets/answers"): "content",
    ("GET", "/metrics"): "read",
    ("GET", "/openapi.json"): "read",
    **RECEIVERS,
}
"""What each route needs, said a second time: apart from GET below /api/v1/, which is read, all of them stand here."""


def routes(of: Any) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, routers within routers included."""
    for route in of.routes:
        if (router := getattr(route, "original_router", None)) is not None:
            yield from routes(router)
        else:
            yield from ((method, route.path) for method in route.methods if method != "HEAD")


EVERY = sorted({*routes(create_app(cast("Context", None))), *RECEIVERS})


def needed(method: str, path: str) -> str:
    """The scope that this test asks of a route; a route that nobody decided about fails."""
    if (method, path) in NEEDED:
        return NEEDED[method, path]
    assert method == "GET", f"{method} {path}: say in NEEDED here and in access.SCOPE_OF who may"
    assert path.startswith("/api/v1/"), f"{path}: say in NEEDED here and in access.SCOPE_OF who may"
    return "read"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector with a token of each scope."""
    path = tmp_path_factory.mktemp("guarded") / "ledger.duckdb"
    config = config_for(path, extensions=extensions(*TOKENS.values(), EXPIRED))
    with RunningCollector(config) as running:
        yield running


def asked(
    collector: RunningCollector, method: str, path: str, headers: Mapping[str, str]
) -> httpx.Response:
    """A request without parameters: beyond the door it is refused as incomplete, or answered."""
    filled = path.replace("{", "").replace("}", "")
    return collector.http.request(method, filled, headers=headers)


@pytest.mark.parametrize(("method", "path"), [row for row in EVERY if row[1] not in OPEN])
def test_only_what_is_allowed_works(guarded: RunningCollector, method: str, path: str) -> None:
    """The scope it needs and admin pass; others 403, strangers 401."""
    scope = needed(method, path)
    for name, token in TOKENS.items():
        answer = asked(guarded, method, path, token.header)
        if name in (scope, "admin"):
            assert answer.status_code not in (401, 403, 429), f"{name}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{name}: {answer.status_code}"
            assert f'scope="{scope}"' in answer.headers["www-authenticate"]
    for headers in ({}, STRANGER.header, EXPIRED.header, {"Authorization": "Basic YTpi"}):
        answer = asked(guarded, method, path, headers)
        assert answer.status_code in (401, 429), headers
        assert "www-authenticate" in answer.headers or "retry-after" in answer.headers


@pytest.mark.parametrize("path", sorted(OPEN))
def test_whether_it_lives_anybody_may_ask(guarded: RunningCollector, path: str) -> None:
    """A load balancer has no token."""
    assert guarded.http.get(path).status_code == 200


def test_a_route_that_is_not_there_is_hidden_from_all_but_admin(guarded: RunningCollector) -> None:
    """Nobody learns by asking what there is."""
    assert guarded.http.get("/nothing").status_code == 401
    assert guarded.http.get("/nothing", headers=TOKENS["read"].header).status_code == 403
    assert guarded.http.get("/nothing", headers=TOKENS["admin"].header).status_code == 404


def test_a_token_in_the_address_is_none(guarded: RunningCollector) -> None:
    """Addresses end in logs."""
    secret = TOKENS["read"].secret
    for name in ("token", "access_token"):
        assert guarded.http.get("/api/v1/status", params={name: secret}).status_code == 401


def test_two_authorization_headers_are_none(guarded: RunningCollector) -> None:
    """What a proxy checked must be what we check."""
    headers = [("Authorization", f"Bearer {TOKENS[name].secret}") for name in ("read", "admin")]
    assert guarded.http.get("/api/v1/status", headers=headers).status_code == 401


def test_spans_are_refused_as_otlp_has_it_and_taken_with_the_token(
    guarded: RunningCollector,
) -> None:
    """Exporters read google.rpc.Status; nothing of the refused is stored."""
    refused = guarded.send(payload_of(1))
    status = Status.FromString(refused.content)
    assert (refused.status_code, status.code) == (401, 16)
    assert "Authorization: Bearer" in status.message
    forbidden = guarded.send(payload_of(1), **TOKENS["read"].header)
    assert (forbidden.status_code, Status.FromString(forbidden.content).code) == (403, 7)
    assert guarded.send(payload_of(2), **TOKENS["ingest"].header).status_code == 200
    answer = guarded.http.get("/api/v1/status", headers=TOKENS["read"].header)
    assert answer.json()["spans"]["accepted"] == 1


def test_no_origin_is_ever_allowed(guarded: RunningCollector) -> None:
    """A preflight is refused like any other request, and no answer has a CORS header."""
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for headers in (preflight, preflight | TOKENS["admin"].header):
        for answer in (
            guarded.http.options("/api/v1/query", headers=headers),
            guarded.http.get("/api/v1/status", headers=headers),
            guarded.http.options("/v1/traces", headers=headers),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_limit_is_told_with_when_to_come_again(tmp_path: Path) -> None:
    """In the shape of the API, and of OTLP for spans."""
    limited = Issued("limited", ["read", "ingest"], {"requests_per_minute": 1})
    config = config_for(tmp_path / "x.duckdb", extensions=extensions(limited))
    with RunningCollector(config) as running:
        assert running.http.get("/api/v1/status", headers=limited.header).status_code == 200
        answer = running.http.get("/api/v1/status", headers=limited.header)
        assert (answer.status_code, answer.json()["error"]["type"]) == (429, "rate_limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        spans = running.send(payload_of(1), **limited.header)
        assert (spans.status_code, Status.FromString(spans.content).code) == (429, 8)
