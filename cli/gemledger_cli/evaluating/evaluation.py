"""One run from its arguments to its exit code: read, refused or planned, done as far as it goes, and told."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from time import time_ns
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gemledger.pricing import Book, BookError, load_book, load_book_with_overlay
from gemledger.pricing.book import OVERLAY_VARIABLE
from gemledger_cli.evaluating.budget import Budget
from gemledger_cli.evaluating.candidates import NoCandidates, candidates
from gemledger_cli.evaluating.figures import Figures
from gemledger_cli.evaluating.items import Items, NoDataset, read_items
from gemledger_cli.evaluating.journal import Journal, Json, OtherRunError
from gemledger_cli.evaluating.plan import Halt, Plan
from gemledger_cli.evaluating.rubrics import NoRubric, load_rubrics
from gemledger_cli.evaluating.showing import show, usd
from gemledger_cli.signals import stop_on_signals
from gemledger_collector.judge.grade import platform
from gemledger_collector.judge.spending import CallRates, call_rates

if TYPE_CHECKING:
    from gemledger_cli.evaluating.running import Run

EXIT_BUDGET = 4
EXIT_INTERRUPTED = 130
SHOWN_BROKEN_LINES = 20


class Refused(Exception):  # noqa: N818 - named for what became of the arguments
    """Nothing was asked of anybody; the text says why, and what to do."""


def evaluate(arguments: argparse.Namespace) -> int:
    """0 done, 1 something failed, 2 nothing was begun, 4 the budget is reached, 130 stopped."""
    try:
        read = _read(arguments)
        plan = _plan(arguments, read)
        with Journal(arguments.out, _described(arguments, read, plan)) as journal:
            return _done(arguments, plan, journal)
    except (NoDataset, NoRubric, NoCandidates, OtherRunError, Refused) as error:
        print(f"gemledger evaluate: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"gemledger evaluate: {arguments.out} cannot be written ({error})", file=sys.stderr)
        return 1


def _read(arguments: argparse.Namespace) -> Items:
    read = read_items(arguments.dataset, needs_answer=not (arguments.model or arguments.prompt))
    for line in read.broken[:SHOWN_BROKEN_LINES]:
        print(f"{read.file}:{line.number}: {line.reason}", file=sys.stderr)
    if read.broken:
        print(
            f"gemledger evaluate: {len(read.broken):,} lines are no items and left out",
            file=sys.stderr,
        )
    if read.broken and arguments.strict:
        raise Refused("--strict: repair these lines, or leave --strict out to go without them")
    if not read.items:
        raise Refused(f"{read.file} holds no item")
    return read


def _plan(arguments: argparse.Namespace, read: Items) -> Plan:
    rubrics = load_rubrics(arguments.rubric)
    items = read.items[: arguments.limit]
    sides = candidates(arguments.model, arguments.prompt, items)
    models = {arguments.judge, *(each.model for each in sides if each.model)}
    rates = _rates(sorted(models))
    return Plan(
        items=items,
        candidates=sides,
        rubrics=rubrics,
        judge_model=arguments.judge,
        max_output_tokens=arguments.max_output_tokens,
        rates=rates,
        broken_lines=len(read.broken),
    )


def _rates(models: Sequence[str]) -> dict[str, CallRates]:
    """What tokens of each model cost. Raises Refused where the price book does not know one."""
    book, found = _book(), {}
    for model in models:
        rates = call_rates(platform(), model, time_ns(), book)
        if rates is None:
            raise Refused(
                f"the price book has no rate for {model!r}, so no budget can be kept; name another model, or give "
                f"its price in an overlay ({OVERLAY_VARIABLE}, docs/prices.md)"
            )
        found[model] = rates
    return found


def _book() -> Book:
    """The book that gemledger prices the calls with. Raises Refused where an overlay is broken."""
    path = os.environ.get(OVERLAY_VARIABLE, "").strip()
    try:
        return load_book_with_overlay(path) if path else load_book()
    except BookError as error:
        raise Refused(f"{OVERLAY_VARIABLE}: {error}") from error


def _described(arguments: argparse.Namespace, read: Items, plan: Plan) -> Json:
    """What makes it this run: its budget, pace and number of items may change."""
    return {
        "dataset_sha256": read.sha256,
        "rubrics": [f"{rubric.name} {rubric.version}" for rubric in plan.rubrics],
        "judge": plan.judge_model,
        "candidates": [candidate.told for candidate in plan.candidates],
        "max_output_tokens": arguments.max_output_tokens,
    }


def _done(arguments: argparse.Namespace, plan: Plan, journal: Journal) -> int:
    """Everything that is left to do; the exit code. Raises Refused where the SDK does."""
    from gemledger_cli.evaluating.asking import Gemini, NoGemini  # noqa: PLC0415 - a second, and wrong arguments are told
    from gemledger_cli.evaluating.running import Run  # noqa: PLC0415 - see above

    budget = Budget(int(arguments.budget_usd * 10**12), journal.spent_pico_usd)
    try:
        with Gemini() as gemini, stop_on_signals() as stop:
            running = Run(plan, journal, budget, gemini, stop)
            halt = _shown_running(running, plan, arguments.concurrency)
    except NoGemini as error:
        raise Refused(str(error)) from error
    figures = Figures(plan.items, plan.candidates, plan.rubrics, journal, arguments.examples)
    told = {
        "dataset": str(arguments.dataset),
        "broken_lines": plan.broken_lines,
        "judge": plan.judge_model,
        "ended": halt.value,
        "spent_pico_usd": str(budget.spent_pico_usd),
        **figures.told(),
    }
    _tell(arguments, told)
    spent = f"{usd(budget.spent_pico_usd)} spent; {journal.path}"
    return _ended(halt, running.last_error, figures.errors, spent)


def _tell(arguments: argparse.Namespace, told: Json) -> None:
    summary = json.dumps(told, indent=2, ensure_ascii=False)
    (arguments.out / "summary.json").write_text(f"{summary}\n", encoding="utf-8")
    if arguments.json:
        print(summary)
    else:
        show(told, Console())


def _shown_running(running: "Run", plan: Plan, concurrency: int) -> Halt:
    shown = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*shown, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("answers", total=len(plan.items) * len(plan.candidates))
        return running.to_the_end(concurrency, lambda: progress.advance(task))


def _ended(halt: Halt, last_error: str, errors: tuple[int, int], spent: str) -> int:
    """Say how it ended; the exit code."""
    words = {
        Halt.DONE: "done",
        Halt.BUDGET: "stopped: the budget does not pay for the next call; raise --budget-usd to go on",
        Halt.STOPPED: "stopped; run the same command again to go on",
        Halt.FAILING: f"stopped: every call fails ({last_error}); run the same command again to go on",
    }
    failed, again = errors
    tried = f", {again:,} of which the same command tries again" if again else ""
    told = f"; {failed:,} error{'s' * (failed > 1)}{tried}" if failed else ""
    print(f"{words[halt]}{told}; {spent}", file=sys.stderr)
    codes = {Halt.BUDGET: EXIT_BUDGET, Halt.STOPPED: EXIT_INTERRUPTED, Halt.FAILING: 1}
    return codes.get(halt, 1 if failed else 0)
