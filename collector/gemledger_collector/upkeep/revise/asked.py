"""What is asked for: a re-pricing, a preview of rules, or that the store follows rules that have changed."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gemledger.pricing import Book, BookError, load_book
from gemledger.pricing.overlay import applied
from gemledger_collector.access import COLLECTOR
from gemledger_collector.attribution_config import (
    EARLIEST_UNIX_NANO,
    LATEST_UNIX_NANO,
    AttributeProcessor,
)
from gemledger_collector.errors import Rejected
from gemledger_collector.processors.attribute import changed_ranges
from gemledger_collector.storage import audit, revisions
from gemledger_collector.storage.revisions import Revision
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Transaction

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, when."""

    actor: str
    now_unix_nano: int
    dry_run: bool = False


def overlaid_book(overlay: str, file: str) -> Book:
    """The built-in book under the text of an overlay. Raises Rejected with file, line and remedy."""
    try:
        return applied(load_book(), overlay, file)
    except BookError as error:
        raise Rejected(str(error)) from error


def reprice(
    store: Store, asked: Asked, dates: Range, book: Book, overlay: Mapping[str, str] | None
) -> Revision:
    """Ask for charges that began in a range to be priced again. ``overlay`` is its ``file`` and ``text``."""
    settings = None if overlay is None else json.dumps(dict(overlay))
    revision = replace(_new(asked, dates), kind="price", book=book.version, settings=settings)
    with store.writing() as transaction:
        revisions.add(transaction, revision)
        _note(transaction, asked, "reprice", revision)
    return revision


def preview_rules(store: Store, asked: Asked, rules: AttributeProcessor) -> Revision:
    """Ask what rules would change, of everything that is stored."""
    dates = (EARLIEST_UNIX_NANO, LATEST_UNIX_NANO)
    revision = replace(_new(asked, dates), settings=rules_text(rules))
    with store.writing() as transaction:
        revisions.add(transaction, revision)
    return revision


def follow_rules(store: Store, rules: AttributeProcessor, now_unix_nano: int) -> list[Revision]:
    """Ask that the store follows the rules that are in force now: nothing where they are what they were.

    To be called once spans that arrive are attributed by them. Raises Overloaded where nothing can be written.
    """
    with store.reading() as snapshot:
        before = revisions.newest_rules(snapshot)
        unfinished = [each for each in revisions.running(snapshot) if _is_ours(each)]
    text, since = before or (rules_text(AttributeProcessor()), 0)
    known = parsed_rules(text)
    if known == rules:
        return []
    # The newest are the rules in force, even where the clock went back meanwhile.
    asked = Asked(COLLECTOR.name, max(now_unix_nano, since + 1))
    open_ranges = [(each.cursor_unix_nano, each.until_unix_nano) for each in unfinished]
    ranges = merged([*changed_ranges(known, rules), *open_ranges])
    added = [replace(_new(asked, each), settings=rules_text(rules)) for each in ranges]
    with store.writing() as transaction:
        for each in unfinished:
            revisions.save(transaction, each.ended("replaced", now_unix_nano))
        for each in added:
            revisions.add(transaction, each)
            _note(transaction, asked, "attribution_rules", each)
    return added


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Ranges in order, none touching another."""
    found: list[Range] = []
    for since, until in sorted(ranges):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def rules_text(rules: AttributeProcessor) -> str:
    """Rules as they are kept."""
    return rules.model_dump_json(by_alias=True, exclude_defaults=True)


def parsed_rules(text: str) -> AttributeProcessor:
    """Rules as they were kept."""
    return AttributeProcessor.model_validate(json.loads(text))


def _new(asked: Asked, dates: Range) -> Revision:
    since, until = dates
    return Revision(
        revision_id=uuid.uuid4().hex[:12],
        kind="attribution",
        created_unix_nano=asked.now_unix_nano,
        actor=asked.actor,
        dry_run=asked.dry_run,
        since_unix_nano=since,
        until_unix_nano=until,
        cursor_unix_nano=since,
    )


def _is_ours(revision: Revision) -> bool:
    return revision.kind == "attribution" and not revision.dry_run


def _note(transaction: Transaction, asked: Asked, action: str, revision: Revision) -> None:
    detail: dict[str, str | int | bool | None] = {
        "revision_id": revision.revision_id,
        "since_unix_nano": revision.since_unix_nano,
        "until_unix_nano": revision.until_unix_nano,
        "dry_run": revision.dry_run,
    }
    if revision.book is not None:
        detail["book"] = revision.book
    audit.note(transaction, asked.now_unix_nano, asked.actor, action, detail)
