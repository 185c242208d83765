"""The figures of a run as a person reads them: side by side, with what they allow to say."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.evaluating.journal import Json
from gemledger_collector.estimation.agreement import band


def show(told: Json, console: Console) -> None:
    """Print everything."""
    console.print(_answers(told["candidates"]))
    console.print(_verdicts(told["rubrics"]))
    names = [each["name"] for each in told["candidates"]]
    for rubric in told["rubrics"]:
        for line in [*_told_apart(rubric), *_compared(rubric, names)]:
            console.print(line, highlight=False, markup=False)
    for line in _effort(told["comparison"] or {}, names):
        console.print(line, highlight=False, markup=False)


def _answers(candidates: Sequence[Json]) -> Table:
    table = _table("answers by", "answers", "errors", "cost per answer", "in all", "median latency")
    for each in candidates:
        unpriced = f" + {each['unpriced']} unpriced" if each["unpriced"] else ""
        mean, seconds = each["mean_cost_pico_usd"], each["median_latency_seconds"]
        table.add_row(
            each["name"],
            f"{each['answers']:,}",
            f"{each['errors']:,}",
            "-" if mean is None else usd(mean),
            "-" if mean is None else usd(each["cost_pico_usd"]) + unpriced,
            "-" if seconds is None else f"{seconds:.2f} s",
        )
    return table


def _verdicts(rubrics: Sequence[Json]) -> Table:
    table = _table(
        *("rubric", "answers by", "judged", "judge-flagged", "mean score"),
        *("cannot tell", "errors", "judge cost"),
    )
    for rubric in rubrics:
        for each in rubric["candidates"]:
            table.add_row(
                f"{rubric['rubric']} {rubric['version']}",
                each["name"],
                f"{each['judged']:,}",
                _in(each["bad_rate"], percent),
                _in(each["mean_score"], _score),
                f"{each['cannot_tell']:,}",
                f"{each['errors']:,}",
                usd(each["judge_cost_pico_usd"]),
            )
    return table


def _told_apart(rubric: Json) -> Sequence[str]:
    """What the table has no room for: of what kinds the errors are, and how far judge and people agree."""
    lines = []
    for each in rubric["candidates"]:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in each["error_kinds"].items())
        if kinds:
            lines.append(f"{rubric['rubric']}: errors of {each['name']}: {kinds}")
        if each["agreement"] is not None:
            lines += _agreement(rubric, each["agreement"])
    return lines


def _agreement(rubric: Json, found: Json) -> Sequence[str]:
    kappa = found["kappa"]
    figures = [f"kappa {_in(kappa, _score)} ({band(kappa['value'])})"] if kappa else []
    figures += [
        f"{name} {_in(found[name], percent)}"
        for name in ("sensitivity", "specificity")
        if found[name] is not None
    ]
    lines = [
        f"{rubric['rubric']}: judge and people agree on {found['agreeing']:,} of {found['labels']:,} labelled answers",
        *([f"  {', '.join(figures)}"] if figures else []),
        f"  {_earned(rubric['word'], found)}",
    ]
    for name, words in (
        ("flagged_but_good", "flagged, good to people"),
        ("passed_but_bad", "passed, bad to people"),
    ):
        if found[name]:
            lines.append(f"  {words}: {', '.join(found[name])}")
    return lines


def _earned(word: str, found: Json) -> str:
    if found["calibrated"]:
        return f"what is flagged may be called {word!r}"
    return f"to call what is flagged {word!r} takes {found['missing']}"


def _compared(rubric: Json, names: Sequence[str]) -> Sequence[str]:
    found = rubric["comparison"]
    if found is None:
        return []
    first, second = names
    difference = found["difference"]
    worse, better = (second, first) if difference["value"] > 0 else (first, second)
    chance = _probability(found["probability_second_worse"])
    says = f"{worse} is worse than {better}" if found["tells"] else "not enough to tell"
    lines = [
        (
            f"{rubric['rubric']}: {says}: {second} minus {first} is {_points(difference)} of flagged answers "
            f"({found['pairs']} pairs, {found['only_first']} to {found['only_second']} of those that differ, "
            f"p = {found['p_value']:.2g}; {second} is worse with probability {chance})"
        )
    ]
    if (scores := found["score_difference"]) is not None:
        lines.append(f"  mean score: {_in(scores, _signed)}")
    for name, ids in ((first, found["only_first_bad"]), (second, found["only_second_bad"])):
        if ids:
            lines.append(f"  only {name} is flagged: {', '.join(ids)}")
    return lines


def _effort(compared: Mapping[str, Json | None], names: Sequence[str]) -> Sequence[str]:
    told = (("cost_ratio", "costs"), ("latency_ratio", "takes"))
    return [
        f"{names[1]} {verb} {ratio['value']:.2f} times what {names[0]} does "
        f"({ratio['low']:.2f} to {ratio['high']:.2f})"
        for name, verb in told
        if (ratio := compared.get(name)) is not None
    ]


def usd(pico_usd: str | int) -> str:
    """Dollars for a screen: cents, or as many places as it takes to see something."""
    amount = Decimal(pico_usd).scaleb(-12)
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.6f}"


def percent(share: float) -> str:
    """A share for a screen."""
    return f"{share * 100:.1f} %"


def _probability(value: float) -> str:
    """Neither certain nor impossible, however much it looks so when rounded."""
    if value > 0.999:
        return "over 99.9 %"
    return "below 0.1 %" if value < 0.001 else percent(value)


def _score(value: float) -> str:
    return f"{value:.2f}"


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def _points(difference: Json) -> str:
    value, low, high = (difference[name] * 100 for name in ("value", "low", "high"))
    return f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"


def _in(estimate: Json | None, written: Callable[[float], str]) -> str:
    if estimate is None:
        return "-"
    value, low, high = (written(estimate[name]) for name in ("value", "low", "high"))
    return f"{value} [{low.removesuffix(' %')}, {high.removesuffix(' %')}]"


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="left" if name == "answers by" else "right", overflow="fold")
    return table
