"""When the file is written anew: when that was asked for and came to nothing, or at night, where it is worth it."""

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gemledger_collector.exporters_config import Compaction, DailyWindow
from gemledger_collector.storage import compactions
from gemledger_collector.storage.compact import Compacted, compact
from gemledger_collector.storage.retention import used_bytes
from gemledger_collector.storage.store import Store

log = logging.getLogger("gemledger.upkeep")

_WORTH_SHARE = 0.2
_WORTH_BYTES = 32 * 2**20


def open_since(window: DailyWindow, zone: str, now_unix_nano: int) -> int | None:
    """When the window that is open now began, in unix nanoseconds; None while it is closed."""
    now = datetime.fromtimestamp(now_unix_nano // 10**9, UTC).astimezone(ZoneInfo(zone))
    for days in (0, 1):  # one over midnight began yesterday
        day = now.date() - timedelta(days=days)
        begin = datetime.combine(day, window.begin, now.tzinfo)
        later = timedelta(days=int(window.end <= window.begin))
        if begin <= now < datetime.combine(day + later, window.end, now.tzinfo):
            return int(begin.timestamp()) * 10**9
    return None


def worth_it(file_bytes: int, used: int) -> bool:
    """Whether enough of the file is unused."""
    return file_bytes - used > max(_WORTH_BYTES, _WORTH_SHARE * file_bytes)


class Compacting:
    """Writes the file anew when it is time."""

    def __init__(self, store: Store, config: Compaction) -> None:
        self._store = store
        self._config = config

    def round(self, now_unix_nano: int) -> None:
        """Do it now, if it is due."""
        reason = self._reason(now_unix_nano)
        if reason is None:
            return
        for step in compact(self._store):
            if isinstance(step, Compacted):
                with self._store.writing() as transaction:
                    compactions.done(transaction, now_unix_nano, reason, step)
                log.info(
                    "the file was written anew: %d bytes are %d now",
                    step.bytes_before,
                    step.bytes_after,
                )

    def _reason(self, now_unix_nano: int) -> str | None:
        with self._store.reading() as snapshot:
            latest, used = compactions.latest(snapshot), used_bytes(snapshot)
        if latest.due:
            return latest.reason
        if self._config.window is None or not worth_it(self._store.file_bytes, used):
            return None
        began = open_since(self._config.window, self._config.timezone, now_unix_nano)
        return "window" if began is not None and (latest.done_unix_nano or 0) < began else None
