"""The chain of processors, from the bytes of several requests to rows ready for the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gemledger.pricing import Book
from gemledger.redaction import Redactor
from gemledger_collector.processors.attribute import Attribution, attribute
from gemledger_collector.processors.attribute_texts import TextRules, clean_attributes
from gemledger_collector.processors.decode import Decoded, SpanBatch, decode, require_readable
from gemledger_collector.processors.deduplicate import deduplicate
from gemledger_collector.processors.dialects.translate import translate
from gemledger_collector.processors.feedback import set_apart
from gemledger_collector.processors.normalize import normalize
from gemledger_collector.processors.price import price
from gemledger_collector.processors.redact import redact
from gemledger_collector.processors.wire import explain


@dataclass(frozen=True, slots=True)
class Chain:
    """set feedback apart → translate → normalize → deduplicate → attribute → price → redact."""

    book: Book
    redactor: Redactor | None = field(default_factory=Redactor)
    """Of captured content; None leaves it as it came."""
    attribution: Attribution | None = None
    """The collector's own rules for who pays; None has none."""
    max_attribute_bytes: int = 8_192
    """Of one attribute's value; what is longer is cut."""

    def run(self, batch: SpanBatch) -> SpanBatch:
        """The batch, priced and clean. Pure."""
        apart = set_apart(batch, self.redactor)
        attributed = attribute(deduplicate(normalize(translate(apart))), self.attribution)
        priced = price(attributed, self.book)
        told = redact(priced, self.redactor) if self.redactor is not None else priced
        rules = TextRules(self.redactor, self.max_attribute_bytes)
        return SpanBatch(clean_attributes(told.spans, rules), told.exchanges)


@dataclass(frozen=True, slots=True)
class Readable:
    """What of a group can be read: ``decoded`` counts payloads among ``good``; ``bad`` says why, by position."""

    decoded: Decoded
    good: Sequence[int]
    bad: Mapping[int, str]


def read(payloads: Sequence[bytes]) -> Readable:
    """Decode a group. A payload that is broken is left out alone, and told where it broke."""
    try:
        return Readable(decode(payloads), range(len(payloads)), {})
    except ValueError:
        broken = _broken(payloads, range(len(payloads)))
        good = [index for index in range(len(payloads)) if index not in broken]
        bad = {index: explain(payloads[index]) for index in broken}
        return Readable(decode([payloads[index] for index in good]), good, bad)


def _broken(payloads: Sequence[bytes], among: range) -> set[int]:
    """Positions of the payloads that cannot be read, by halves: one of a thousand is found in twenty looks."""
    try:
        require_readable(payloads[among.start : among.stop])
    except ValueError:
        if len(among) == 1:
            return {among.start}
        middle = (among.start + among.stop) // 2
        return _broken(payloads, range(among.start, middle)) | _broken(
            payloads, range(middle, among.stop)
        )
    return set()
