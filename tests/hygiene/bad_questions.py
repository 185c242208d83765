"""Questions to the API that are full of what must not be kept."""

import json

import httpx
from support.processes import CollectorProcess

from .planting import ONE_LINE
from .trail import Trail


def ask_badly(trail: Trail, collector: CollectorProcess) -> None:
    """Questions full of what must not be kept: SQL, paths, parameters, headers, bodies that are no bodies."""

    def text(place: str) -> str:
        return trail.plant(place, stored=False, kinds=ONE_LINE)

    with httpx.Client(base_url=collector.url, trust_env=False, timeout=30) as http:
        http.post("/api/v1/sql", json={"sql": f"select '{text('SQL')}'"})
        http.post(
            "/api/v1/sql", json={"sql": f"select '{text('SQL that fails')}' + nothing_of_that_name"}
        )
        http.post("/api/v1/sql", json={"sql": "select $p", "params": {"p": text("SQL parameter")}})
        http.get(f"/api/v1/contents/{text('path')}".replace("/wiki", "").replace("://", ""))
        http.get("/api/v1/calls", params={"user_id": text("query parameter"), "limit": "none"})
        http.get("/api/v1/report", params={"day": text("day of a report")})
        http.get(
            "/api/v1/summary",
            headers={"User-Agent": text("user agent"), "Referer": text("referrer")},
        )
        http.get(
            "/healthz",
            headers={"Authorization": f"Bearer {trail.garden.value('token', 'bearer_token')}"},
        )
        http.post(
            "/v1/traces",
            content=text("body that is no OTLP").encode(),
            headers={"Content-Type": "application/x-protobuf"},
        )
        http.post(
            "/v1/traces",
            content=json.dumps({"resourceSpans": text("JSON that is no OTLP")}),
            headers={"Content-Type": "application/json"},
        )
        http.post(
            "/webhooks/gemini",
            content=text("webhook").encode(),
            headers={"webhook-id": text("webhook id")},
        )
        http.post("/api/v1/alerts/preview", json={"rule": text("rule")})
        http.post(
            "/api/v1/alerts/silences",
            json={
                "matchers": ['rule="x"'],
                "duration": "1h",
                "comment": text("comment of a silence")[:900],
            },
        )
        http.post("/api/v1/upkeep/erase", json={"user_id": text("user to erase"), "dry_run": True})
