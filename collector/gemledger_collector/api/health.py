"""Health and status."""

from fastapi import APIRouter, Response

import gemledger_collector
from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.api.display import display_of
from gemledger_collector.metrics.process import resident_bytes
from gemledger_collector.price_book import overlay_digest
from gemledger_collector.storage.recent import room
from gemledger_collector.storage.summary import summary

router = APIRouter()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(ask: Ask, response: Response) -> dict[str, str]:
    """Spans are taken and questions answered; 503 while the store is being reopened or closed."""
    if ask.store.healthy and ask.pipeline.open:
        return {"status": "ready"}
    response.status_code = 503
    return {"status": "not ready"}


@router.get("/api/v1/status")
def status(ask: Ask) -> dict[str, object]:
    """What the collector is, what it took in since it started, and what the store holds.

    ``accepted`` and ``duplicate`` count spans, ``rejected`` spans and whole requests that were wrong,
    ``refused`` requests that were turned away for now, each also by reason; ``commit_seconds`` is a mean;
    half of all calls were committed within ``lag_seconds`` of their end; ``unpriced_calls``, ``estimated_calls`` and
    ``lower_bound_calls`` count calls by reason. All of these since the start; ``calls`` is what the store holds,
    ``models`` those called, in the order of their first calls.
    """
    counted = ask.telemetry.total
    with ask.store.reading() as snapshot:
        held = summary(snapshot)
    has = room(ask.store)
    return {
        "version": gemledger_collector.__version__,
        "started_at": iso(ask.started_at_unix_nano),
        "price_book": ask.price_book,
        "price_overlay": _overlay(ask),
        "display": display_of(ask.config.extensions.dashboard),
        "spans": {
            "accepted": counted("spans_accepted_total"),
            "duplicate": counted("spans_duplicate_total"),
            "rejected": counted("spans_rejected_total") + counted("requests_rejected_total"),
            "refused": counted("requests_refused_total"),
            "repaired": counted("spans_repaired_total"),
        },
        "left_out": ask.telemetry.by_reason("spans_rejected_total"),
        "rejected_requests": ask.telemetry.by_reason("requests_rejected_total"),
        "refused_requests": ask.telemetry.by_reason("requests_refused_total"),
        "repairs": ask.telemetry.by_reason("spans_repaired_total"),
        "unpriced_calls": ask.telemetry.by_reason("unpriced_calls_total"),
        "estimated_calls": ask.telemetry.by_reason("estimated_calls_total"),
        "lower_bound_calls": ask.telemetry.by_reason("lower_bound_calls_total"),
        "calls": held.calls,
        "models": held.models or [],
        "store": {
            "path": str(ask.store.path),
            "bytes": ask.store.file_bytes,
            "used_bytes": has.used_bytes,
            "free_disk_bytes": has.free_disk_bytes,
            "schema_version": ask.store.schema_version,
        },
        "queue": {
            "bytes": int(ask.telemetry.read("queue_bytes")),
            "limit_bytes": int(ask.telemetry.read("queue_limit_bytes")),
        },
        "commit_seconds": ask.telemetry.mean("commit_seconds"),
        "lag_seconds": ask.pipeline.calls.typical_lag_seconds(),
        "memory_bytes": resident_bytes(),
        "last_commit_at": iso(ask.pipeline.last_commit_unix_nano or None),
        "earliest_call": iso(held.earliest_unix_nano),
        "latest_call": iso(held.latest_unix_nano),
    }


def _overlay(ask: Context) -> dict[str, str] | None:
    """Which overlay the price book has, to be compared with the one an app has; None without one."""
    path, digest = ask.config.processors.price.overlay, overlay_digest(ask.price_book)
    return {"path": path, "digest": digest} if path and digest else None
