"""Series by their labels, bounded in number: whoever comes first keeps a line, the rest share one named ``other``."""

from collections.abc import Iterator, Sequence

from gemledger_collector.exposition import Labels, clean

OTHER = "other"

Key = tuple[str, ...]


class Series:
    """Running totals for each combination of labels: at most ``most`` of them, and one for all others.

    First come, first kept, so a series that was shown once neither vanishes nor turns into ``other``.
    """

    def __init__(self, names: Sequence[str], most: int, figures: int) -> None:
        self._names = tuple(names)
        self._most = most
        self._zeros = (0,) * figures
        self._totals: dict[Key, list[float]] = {}
        self._others: Key = (OTHER,) * len(self._names)
        self.folded = 0
        """How many additions went into ``other``."""

    def add(self, values: Sequence[object], figures: Sequence[float]) -> None:
        """Add to the totals of the combination with these values; None and '' are no label."""
        key = self._key(tuple(values))
        totals = self._totals.setdefault(key, list(self._zeros))
        for index, figure in enumerate(figures):
            totals[index] += figure

    def items(self) -> Iterator[tuple[Labels, Sequence[float]]]:
        """Every combination as labels, with its totals."""
        for key, totals in self._totals.items():
            yield tuple(zip(self._names, key, strict=True)), totals

    def _key(self, values: tuple[object, ...]) -> Key:
        key = tuple("" if value is None else clean(str(value)) for value in values)
        named = len(self._totals) - (self._others in self._totals)
        if key in self._totals or named < self._most:
            return key
        self.folded += 1
        return self._others
