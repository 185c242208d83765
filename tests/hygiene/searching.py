"""A whole search of what a run left behind, and what should be found where nothing was redacted."""

from dataclasses import dataclass, field

from .planting import Planted
from .scanning import Hit, Scanner, uncompressed
from .the_app import ON_DISK
from .trail import Trail

TABLES, FILE, LOG = "the tables", "the uncompressed file", "its log"
COPIES = (TABLES, FILE, LOG)
TAKEN = ("contents.parquet", "contents.csv", "labels.csv")
"""Files in which content is told."""
JUDGED = "what the judge was sent"


@dataclass(slots=True)
class Found:
    """Hits, all and by where a copy of all values is; ``looked_at`` counts values by place."""

    hits: list[Hit] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)
    by_copy: dict[str, set[Planted]] = field(default_factory=dict)


def search(trail: Trail) -> Found:
    """Every column of every table, every file, and file and log of uncompressed copies."""
    scanner = Scanner(trail.garden.planted)
    found = Found(looked_at=scanner.looked_at)
    copies = {
        TABLES: scanner.store(trail.backup),
        FILE: scanner.files(uncompressed(trail.backup, trail.folder)),
        LOG: scanner.files(uncompressed(trail.backup, trail.folder, keep_log=True)),
    }
    for name, hits in copies.items():
        found.by_copy[name] = {hit.planted for hit in hits}
        found.hits += hits
    found.hits += scanner.files([*trail.exports, *trail.logs, *trail.others, trail.backup])
    return found


def missing(trail: Trail, found: Found) -> list[str]:
    """What a search should have found and did not, where nothing was redacted: then it is blind."""
    kept = [each for each in trail.garden.planted if each.place in trail.stored]
    missed = [
        f"not in {name}: {each.kind} planted in {each.place}"
        for name in COPIES
        for each in kept
        if each not in found.by_copy[name]
    ]
    places = {hit.where for hit in found.hits}
    missed += [f"nothing in {name}" for name in (*TAKEN, JUDGED) if name not in places]
    waited = {hit.planted.kind for hit in found.hits if hit.planted.place == ON_DISK}
    on_disk = [each for each in trail.garden.planted if each.place == ON_DISK]
    return missed + [f"not on disk: {each.kind}" for each in on_disk if each.kind not in waited]


def unexpected(trail: Trail, found: Found) -> list[str]:
    """What is in tables though no setting stores it."""
    return [
        f"stored even so: {each.kind} planted in {each.place}"
        for each in found.by_copy[TABLES]
        if each.place not in trail.stored
    ]


def compressed_share(trail: Trail, found: Found) -> str:
    """How much a plain search of the file as it is would have found of what is in it."""
    kept = {each for each in found.by_copy[TABLES] if each.place in trail.stored}
    plain = {each for each in kept if each.needle.encode() in trail.backup.read_bytes()}
    return (
        f"a plain search of the compressed file finds {len(plain)} of {len(kept)} values that are in it "
        f"({100 * len(plain) / max(len(kept), 1):.1f} %)"
    )
