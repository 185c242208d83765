"""Prometheus' text format 0.0.4: what a metric is called, its samples, and labels that nothing can break out of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PREFIX = "gemledger_collector_"
LONGEST_LABEL = 120
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric is called (without prefix), its kind, and one sentence; its one label, where it has any."""

    name: str
    kind: str
    help: str
    label: str = "reason"
    prefix: str = PREFIX

    @property
    def full_name(self) -> str:
        """As Prometheus knows it."""
        return f"{self.prefix}{self.name}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: what follows the metric's name, its labels, its value."""

    value: float
    labels: Labels = ()
    suffix: str = ""


def lines(metric: Metric, samples: Iterable[Sample]) -> Iterator[str]:
    """A metric in the text format: its help and type once, then its samples."""
    yield f"# HELP {metric.full_name} {metric.help}\n"
    yield f"# TYPE {metric.full_name} {metric.kind}\n"
    for sample in samples:
        told = ",".join(f'{name}="{escaped(value)}"' for name, value in sample.labels)
        labels = f"{{{told}}}" if told else ""
        yield f"{metric.full_name}{sample.suffix}{labels} {number(sample.value)}\n"


def histogram(
    bounds: tuple[float, ...], counts: Iterable[int], total: float, labels: Labels = ()
) -> Iterator[Sample]:
    """The samples of a histogram; ``counts`` has one more than ``bounds``: what is above the last."""
    so_far = 0
    for bound, count in zip((*map(number, bounds), "+Inf"), counts, strict=True):
        so_far += count
        yield Sample(so_far, (*labels, ("le", bound)), "_bucket")
    yield Sample(total, labels, "_sum")
    yield Sample(so_far, labels, "_count")


def number(value: float) -> str:
    """A sample's value: integers without a point, whatever their size, floats to the last bit."""
    return str(value) if isinstance(value, int) else f"{value:.17g}".replace("inf", "Inf")


def clean(text: str) -> str:
    """What an application says, as the value of a label: of bounded length, in one line, without control characters."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return (
        plain
        if len(plain) <= LONGEST_LABEL
        else f"{plain[: LONGEST_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"
    )


def escaped(text: str) -> str:
    """The value of a label between its quotes."""
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')
