"""The items of a data set, as ``gemledger dataset`` writes it or by hand: one JSON object a line, or Parquet."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemledger_cli.datasets.writing import sha256_of

LABELS = ("good", "bad", "cannot_tell")
SUFFIXES = (".jsonl", ".parquet")


class NoDataset(ValueError):  # noqa: N818 - named for what it is not
    """What was given is no data set; the text says why and what to give."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question, and the answer it got where there is one. ``labels``: dimension → what people said."""

    id: str
    question: str
    answer: str | None
    context: str | None
    system_instruction: str | None
    messages: str | None
    model: str | None
    cost_pico_usd: int | None
    latency_seconds: float | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line, or row, that is no item, counted from 1."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Items:
    """A data set that was read: its items in order, the lines that are none, and the digest of its file."""

    file: Path
    sha256: str
    items: Sequence[Item]
    broken: Sequence[BrokenLine]


def read_items(given: Path, *, needs_answer: bool) -> Items:
    """The items of a file, or of the one that lies in a folder. Raises NoDataset."""
    file = _file(given)
    try:
        digest, rows = sha256_of(file), list(_rows(file))
    except OSError as error:
        raise NoDataset(f"{file} cannot be read ({error})") from error
    items: dict[str, Item] = {}
    broken = []
    for number, row in enumerate(rows, 1):
        if row == "":
            continue  # the blank line that some editors leave
        try:
            item = _item(row, number, needs_answer=needs_answer)
            if item.id in items:
                raise ValueError(f"the id {item.id!r} stands there before; give each its own")  # noqa: TRY301 - told with the others
            items[item.id] = item
        except ValueError as error:
            broken.append(BrokenLine(number, str(error)))
    return Items(file, digest, list(items.values()), broken)


def _file(given: Path) -> Path:
    if given.is_dir():
        there = [given / f"answers{suffix}" for suffix in SUFFIXES]
        found = [each for each in there if each.is_file()]
        if len(found) != 1:
            names = (
                " and ".join(each.name for each in found)
                or "neither answers.jsonl nor answers.parquet"
            )
            raise NoDataset(f"{given} holds {names}; name the file")
        return found[0]
    if given.suffix not in SUFFIXES:
        raise NoDataset(f"{given} ends in neither .jsonl nor .parquet")
    if not given.is_file():
        raise NoDataset(f"there is no {given}; `gemledger dataset --out {given}` writes one")
    return given


def _rows(file: Path) -> Iterator[Any]:
    if file.suffix == ".jsonl":
        with file.open("rb") as lines:
            yield from ((line.strip() and line) or "" for line in lines)
        return
    import pyarrow as pa  # noqa: PLC0415 - a second that JSON lines do not need
    import pyarrow.parquet as pq  # noqa: PLC0415 - see above

    try:
        yield from pq.read_table(file).to_pylist()
    except pa.ArrowException as error:
        raise NoDataset(f"{file} is not Parquet ({error})") from error


def _item(row: Any, number: int, *, needs_answer: bool) -> Item:  # noqa: ANN401 - a line, or a row
    """Raises ValueError."""
    fields = _object(row) if isinstance(row, bytes) else row
    if not isinstance(fields, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 - told as any other broken line
    if fields.get("question") is None:
        raise ValueError("has no question")
    answer = _text(fields, "answer") or None
    if needs_answer and answer is None:
        raise ValueError(f"has no answer to judge{_because(fields)}")
    if not needs_answer and not fields["question"]:
        raise ValueError("has an empty question: nothing to ask")
    return Item(
        id=_text(fields, "id") or f"line-{number}",
        question=_text(fields, "question") or "",
        answer=answer,
        context=_text(fields, "context"),
        system_instruction=_text(fields, "system_instruction"),
        messages=_text(fields, "messages"),
        model=_text(fields, "model"),
        cost_pico_usd=_pico(fields.get("cost_pico_usd")),
        latency_seconds=_seconds(fields.get("latency_seconds")),
        labels=_labels(fields.get("labels")),
    )


def _object(line: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(line)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error})") from None


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if isinstance(value, str):
        return _whole(name, value)
    if value is None:
        return None
    raise ValueError(f"{name} is a {type(value).__name__}; give a text")


def _whole(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{name} holds half of a character (a surrogate without its other)"
        ) from None
    return text


def _because(fields: Mapping[str, Any]) -> str:
    problem = fields.get("problem")
    return f": {problem}" if isinstance(problem, str) and problem else ""


def _pico(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdigit():
        raise ValueError(f"cost_pico_usd is {value!r}; give a whole number of 1e-12 USD")
    return int(str(value))


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError(f"latency_seconds is {value!r}; give seconds")
    return float(value)


def _labels(value: object) -> Mapping[str, str]:
    """One label a dimension: by hand, ``{"accuracy": "bad"}``; of several people, what most of them say."""
    if value is None:
        return {}
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
        pairs = [(each.get("dimension"), each.get("label")) for each in value]
    else:
        raise ValueError('labels is neither {"DIMENSION": "LABEL"} nor a list of objects')
    votes: dict[str, Counter[str]] = {}
    for dimension, label in pairs:
        if label not in LABELS:
            raise ValueError(f"the label {label!r} is none of {', '.join(LABELS)}")
        votes.setdefault(str(dimension), Counter())[label] += 1
    decided = {dimension: _most(counted) for dimension, counted in votes.items()}
    return {dimension: label for dimension, label in decided.items() if label is not None}


def _most(counted: Counter[str]) -> str | None:
    """The label of most people; None where as many say something else."""
    (label, votes), *others = counted.most_common(2)
    return None if others and others[0][1] == votes else label
