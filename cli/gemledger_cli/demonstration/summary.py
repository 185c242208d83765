"""What a demo did, read back from the collector: the JSON for machines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from gemledger_cli.collector_http import http_client
from gemledger_cli.demonstration.story import TOLD, PromptStory

REPORT_SECONDS = 60.0

TOTALS = """
SELECT count(*) AS calls, count(*) FILTER (WHERE purpose = 'judge') AS judge_calls,
       count(*) FILTER (WHERE cost_status = 'unpriced') AS unpriced_calls,
       coalesce(sum(cost_pico_usd), 0) AS cost_pico_usd
FROM calls
"""
SPENT = """
SELECT coalesce(sum(cost_pico_usd), 0) AS spent FROM charges
WHERE start_time >= '{day}' AND start_time < '{next_day}'
"""


class Reader:
    """Reads one demo's collector."""

    def __init__(self, collector_url: str) -> None:
        self._client = http_client(collector_url)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def totals(self) -> dict[str, int]:
        """Calls, the judge's share of them, unpriced calls, and picoUSD, over the whole store."""
        return {name: int(value) for name, value in self._row(TOTALS).items()}

    def spent_pico_usd(self, day: date) -> int:
        """What the ledger says that a day of UTC cost."""
        return int(self._row(SPENT.format(day=day, next_day=day + timedelta(days=1)))["spent"])

    def prompt_story(self, changed_at: datetime, promise: str) -> PromptStory:
        """What became of the prompt version that went live then, told with that promise."""
        return PromptStory.read(changed_at, promise, self._row(TOLD))

    def report(self, day: date, form: str) -> str:
        """The report of a day of UTC, as ``gemledger report`` gets it."""
        asked = {"day": str(day), "timezone": "UTC", "format": form}
        return (
            self._client.get("/api/v1/report", params=asked, timeout=REPORT_SECONDS)
            .raise_for_status()
            .text
        )

    def spans(self) -> dict[str, int]:
        """The collector's own counters of spans."""
        counters: dict[str, int] = self._get("/api/v1/status")["spans"]
        return counters

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert of the last 40 days, as the API tells it, without its identity."""
        until = datetime.now(UTC) + timedelta(days=1)
        since = until - timedelta(days=41)
        answer = self._get(
            "/api/v1/alerts", since=since.isoformat(), until=until.isoformat(), limit=1000
        )
        shown = (
            "rule",
            "state",
            "threshold_percent",
            "started_at",
            "resolved_at",
            "reason",
            "notified",
        )
        return [{name: alert[name] for name in shown} for alert in answer["alerts"]]

    def judged_per_day(self, since: datetime, until: datetime) -> dict[str, int]:
        """Answers judged for accuracy, by UTC day of the call."""
        answer = self._get(
            "/api/v1/quality",
            since=since.isoformat(),
            until=until.isoformat(),
            timezone="UTC",
            bucket="day",
        )
        return {
            row["bucket_start"][:10]: row["judged"]
            for row in answer["rows"]
            if row["dimension"] == "accuracy"
        }

    def _row(self, sql: str) -> dict[str, Any]:
        answer = self._client.post("/api/v1/query", json={"sql": sql}).raise_for_status().json()
        names = [column["name"] for column in answer["columns"]]
        return dict(zip(names, answer["rows"][0], strict=True))

    def _get(self, path: str, **parameters: object) -> Any:  # noqa: ANN401 - JSON
        return self._client.get(path, params=parameters).raise_for_status().json()  # type: ignore[arg-type] # str, int
