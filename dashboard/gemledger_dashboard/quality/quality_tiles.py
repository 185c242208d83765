"""The figures of quality as tiles, and the sentences that belong beside them. Pure."""

from collections.abc import Iterable, Sequence

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.labels.label_answers import Judge
from gemledger_dashboard.quality.quality_answers import QualityRow, Version
from gemledger_dashboard.quality.quality_tables import likelihood
from gemledger_dashboard.spend.grouping import UNSET

SURELY_WORSE = 0.95
"""So likely a version must be worse to be named at the top."""
FEW_JUDGED = 30


def title(dimension: str) -> str:
    """A dimension in a reader's words."""
    return dimension.replace("_", " ").capitalize()


def overview(totals: Sequence[QualityRow]) -> list[Tile]:
    """One tile for each dimension."""
    return [
        Tile(title(total.dimension), formats.percent(total.bad_rate), _in_short(total))
        for total in totals
    ]


def detail(total: QualityRow, judge: Judge | None) -> list[Tile]:
    """The figures of one dimension over the chosen time range."""
    return [
        Tile(
            total.word.capitalize(),
            formats.percent(total.bad_rate),
            _interval(total.bad_rate_low, total.bad_rate_high),
            "The share of all answers that the judge calls bad, of those it can decide on. "
            "Each judged answer stands for as many as its chance to be judged says.",
        ),
        corrected(total, judge),
        Tile(
            "Mean score",
            formats.score(total.mean_score),
            "no score"
            if total.mean_score is None
            else f"{formats.score(total.mean_score_low)} to {formats.score(total.mean_score_high)} (95 %)",
            "0 is worst, 1 is best.",
        ),
        Tile(
            "Judged",
            formats.count(total.judged),
            f"{formats.count(total.bad)} flagged, {formats.count(total.cannot_tell)} cannot tell, "
            f"{formats.plural(total.errors, 'error')}",
            "Answers with a verdict. An error is an answer the judge said nothing usable of; it is in no figure.",
        ),
    ]


def corrected(total: QualityRow, judge: Judge | None) -> Tile:
    """The share of truly bad answers, where people's labels tell how the judge errs; else why not."""
    known = total.corrected_rate is not None
    return Tile(
        "Corrected",
        formats.percent(total.corrected_rate),
        _interval(total.corrected_rate_low, total.corrected_rate_high)
        if known
        else why_not_corrected(total, judge),
        "The share of truly bad answers: corrected for what the judge overlooks and flags wrongly.",
    )


def why_not_corrected(total: QualityRow, judge: Judge | None) -> str:
    """Why there is no corrected figure, and what would give one."""
    if total.bad_rate is None:
        return "nothing decided"
    if total.calibrated:
        return "labels do not tell the judge's errors well enough yet: label more answers"
    if judge is not None and judge.missing:
        return f"not calibrated: it takes {judge.missing}"
    return "not calibrated: another judge of this time has too few labels"


def few(total: QualityRow) -> str | None:
    """What to think of figures of few answers; None where there are enough."""
    if total.judged >= FEW_JUDGED:
        return None
    return f"Only {formats.plural(total.judged, 'answer')} judged: read the intervals, not the figures."


def turned_worse(versions: Iterable[Version]) -> list[str]:
    """A sentence, as Markdown, for each feature whose newest prompt version is most likely worse."""
    newest = {(each.figures.dimension, each.feature): each for each in versions}
    return [
        _worse(each)
        for each in newest.values()
        if each.probability_worse is not None and each.probability_worse >= SURELY_WORSE
    ]


def _worse(version: Version) -> str:
    row = version.figures
    where = formats.plain(f"{version.feature or UNSET} {version.name or UNSET}")
    doubt = "" if version.same_judge else " Another judge graded it, which may be the reason."
    told = (
        f" is worse in {title(row.dimension).lower()} than {version.before or UNSET}: "
        f"{likelihood(version.probability_worse or 0.0)} likely. "
        f"{row.word.capitalize()}: {formats.percent(row.bad_rate)}, "
        f"{formats.points(version.difference, version.difference_low, version.difference_high)}.{doubt}"
    )
    return f"**{where}**{formats.plain(told)}"


def _in_short(total: QualityRow) -> str:
    if total.bad_rate is None:
        return "nothing decided"
    told = f"{total.word}, {_interval(total.bad_rate_low, total.bad_rate_high)}"
    if total.corrected_rate is None:
        return told
    return f"{told}; corrected {formats.percent(total.corrected_rate)}"


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "nothing decided"
    return f"{formats.percent_interval(low, high)} (95 %)"
