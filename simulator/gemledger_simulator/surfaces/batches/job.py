"""One batch: what it is to do, how far it is, and how the API tells of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gemledger_simulator.fields import Json
from gemledger_simulator.file_store import stamp
from gemledger_simulator.surfaces.batches.source import Line
from gemledger_simulator.surfaces.batches.wish import ENDS, Wish

_TYPE = "type.googleapis.com/google.ai.generativelanguage.v1main."


@dataclass(slots=True, kw_only=True)
class Job:
    """Its state is a function of the clock; only its results, and that somebody cancelled it, are remembered."""

    name: str
    model: str
    embeds: bool
    lines: tuple[Line, ...]
    in_file: bool
    wish: Wish
    created_unix_nano: int
    display_name: str = ""
    output: Json | None = None
    failed: int = 0
    _cancelled_unix_nano: int | None = None

    @property
    def ends_unix_nano(self) -> int:
        """When it has ended, if it ever does."""
        return self.created_unix_nano + int(self.wish.after_seconds * 1e9)

    def state(self, now_unix_nano: int) -> str:
        """How it stands, in Google's word without the prefix."""
        if self._cancelled_unix_nano is not None:
            return "CANCELLED"
        age, whole = now_unix_nano - self.created_unix_nano, self.wish.after_seconds * 1e9
        if age >= whole and self.wish.state in ENDS:
            return self.wish.state.upper()
        return "RUNNING" if age >= whole / 10 else "PENDING"

    def cancel(self, now_unix_nano: int) -> None:
        """End it, unless it has ended."""
        if self.state(now_unix_nano).lower() not in ENDS:
            self._cancelled_unix_nano = now_unix_nano

    def lines_done(self, state: str) -> int:
        """How many requests are answered in this state: all, or as many as were when it ended badly."""
        if state == "SUCCEEDED":
            return len(self.lines)
        return self.wish.done if state.lower() in ENDS else 0

    def as_json(self, state: str, now_unix_nano: int) -> Json:
        """The long-running operation that the API makes of it."""
        ended = state.lower() in ENDS
        kind = "EmbedContentBatch" if self.embeds else "GenerateContentBatch"
        told: Json = {
            "@type": _TYPE + kind,
            "name": self.name,
            "model": f"models/{self.model}",
            "displayName": self.display_name,
            "state": f"BATCH_STATE_{state}",
            "createTime": _stamp(self.created_unix_nano),
            "updateTime": _stamp(now_unix_nano),
            "batchStats": self._stats(state),
        }
        whole: Json = {"name": self.name, "metadata": told}
        if ended:
            told["endTime"] = _stamp(self._cancelled_unix_nano or self.ends_unix_nano)
            whole["done"] = True
        if state == "FAILED":
            whole["error"] = {"code": 13, "message": "The batch failed."}
        if self.output is not None:
            told["output"] = self.output
            whole["response"] = {"@type": f"{_TYPE}{kind}Output"} | self.output
        return whole

    def _stats(self, state: str) -> Json:
        """Counts, as strings: they are int64."""
        done = self.lines_done(state)
        counts = {
            "requestCount": len(self.lines),
            "successfulRequestCount": done - self.failed,
            "failedRequestCount": self.failed,
            "pendingRequestCount": len(self.lines) - done,
        }
        return {name: str(count) for name, count in counts.items() if count}


def _stamp(unix_nano: int) -> str:
    return stamp(datetime.fromtimestamp(unix_nano / 1e9, UTC))
