"""A strict reader of Prometheus' text format 0.0.4: whatever a scraper could stumble over is an AssertionError."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

_HEAD = re.compile(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)")
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_KINDS = {"counter", "gauge", "histogram", "summary"}
_SUFFIXES = {"histogram": {"_bucket", "_sum", "_count"}, "summary": {"_sum", "_count"}}

Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    """A metric: its help, its kind, and each sample by suffix and labels."""

    help: str
    kind: str = ""
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)


def parse(text: str) -> dict[str, Family]:
    """Every family by name."""
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    name = ""
    for line in text[:-1].split("\n"):
        head = _HEAD.fullmatch(line)
        if head is None:
            _add_sample(name, families[name], line)
        elif head[1] == "HELP":
            name = head[2]
            assert name not in families, f"{name} comes twice, or not in one piece"
            families[name] = Family(head[3])
        else:
            assert (head[2], families[name].kind) == (name, ""), line
            assert head[3] in _KINDS, line
            families[name].kind = head[3]
    for name, family in families.items():
        assert family.kind, name
        assert (family.kind == "counter") == name.endswith("_total"), name
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families


def _add_sample(name: str, family: Family, line: str) -> None:
    found = _SAMPLE.fullmatch(line)
    assert found is not None, line
    suffix = found[1].removeprefix(name)
    assert suffix in _SUFFIXES.get(family.kind, {""}), line
    text, labels = found[2] or "", []
    while text:
        label = _LABEL.match(text)
        assert label is not None, line
        labels.append((label[1], _unescaped(label[2])))
        text = text[label.end() :]
    assert len(dict(labels)) == len(labels), line
    key = (suffix, tuple(sorted(labels)))
    assert key not in family.samples, f"twice: {line}"
    family.samples[key] = float(found[3])


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def _check_histogram(name: str, family: Family) -> None:
    """Buckets are cumulative, and the last one has everything."""
    counts = {
        labels: value for (suffix, labels), value in family.samples.items() if suffix == "_count"
    }
    for labels, count in counts.items():
        buckets = {
            float(dict(each)["le"]): value
            for (suffix, each), value in family.samples.items()
            if suffix == "_bucket" and tuple(pair for pair in each if pair[0] != "le") == labels
        }
        ordered = [buckets[bound] for bound in sorted(buckets)]
        assert all(low <= high for low, high in pairwise(ordered)), name
        assert max(buckets) == float("inf"), name
        assert ordered[-1] == count, name
        assert ("_sum", labels) in family.samples, name
