"""Minutes of any range, read from spans: for looking at what a rule would have seen."""

from dataclasses import dataclass

import numpy as np

from gemledger_collector.alerts.measures.frames import Frame, Histogram
from gemledger_collector.alerts.measures.sources import Grouping
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.storage.minute_cells import FIGURES, Range
from gemledger_collector.storage.rule_windows import Asked
from gemledger_collector.storage.stored_minutes import question
from gemledger_collector.storage.transaction import Snapshot


@dataclass
class SpansSource:
    """As the minutes in memory, however long ago."""

    snapshot: Snapshot
    grouping: Grouping

    def frame(self, asked: Asked, windows: Windows, *, dearest: bool = False) -> Frame:  # noqa: ARG002 - all is there
        """Figures of these windows."""
        rows = self.snapshot.query("minute_figures", _asked(asked, windows))
        groups = self.grouping.of_rows(rows)
        figures = {name: rows[name].to_numpy().astype(np.int64) for name in (*FIGURES, "dearest")}
        starts = rows["minute"].to_numpy().astype(np.int64) * 60
        return Frame(starts, groups, figures, figures["dearest"], len(self.grouping.groups.all))

    def histogram(self, asked: Asked, windows: Windows, metric: str) -> Histogram:
        """Histograms of these windows."""
        rows = self.snapshot.query("minute_latency", _asked(asked, windows))
        rows = rows.filter(np.array(rows["metric"].to_pylist(), dtype=object) == metric)
        groups = self.grouping.of_rows(rows)
        columns = {
            name: rows[name].to_numpy().astype(np.int64) for name in ("minute", "bucket", "calls")
        }
        count = len(self.grouping.groups.all)
        return Histogram(columns["minute"] * 60, groups, columns["bucket"], columns["calls"], count)


def _asked(asked: Asked, windows: Windows) -> dict[str, object]:
    within = Range(windows.starts[0] // 60, windows.ends[-1] // 60)
    return question(within, asked.by, dict(asked.matching))
