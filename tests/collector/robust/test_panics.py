"""What the decoder written in Rust does not survive is refused like any other broken body."""

from pathlib import Path

from support.otlp import call, call_attributes, payload, payload_of

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain, read
from gemledger_collector.processors.decode import decode
from gemledger_collector.processors.normalize import normalize


def spoiled(name: str) -> bytes:
    """A body that the fuzzer found."""
    return (Path(__file__).parent / "bodies" / f"{name}.bin").read_bytes()


def test_a_body_that_makes_the_decoder_panic_is_refused_alone() -> None:
    """A panic is no Exception: it once ended the thread that decodes, and every sender waited for ever."""
    readable = read([payload_of(1), spoiled("panic"), payload_of(2)])
    assert list(readable.good) == [0, 2]
    assert "is not an OTLP trace request" in readable.bad[1]


def test_an_event_that_only_the_strict_decoder_refuses_is_kept_without_its_text() -> None:
    """Redaction reads events more strictly than intake does: the span it belongs to, and its bill, are not lost."""
    sent = spoiled("broken_event")
    spans = Chain(load_book()).run(read([sent]).decoded.batch).spans
    assert len(spans) > 0


def test_absurd_numbers_of_tries_are_none() -> None:
    """They would no longer fit the sums of the ledger."""
    attributes = call_attributes(attempts=2**63 - 1, exchanges=-1)
    spans = normalize(decode([payload([call(1, attributes=attributes)])]).batch).spans
    assert spans.column("attempts").to_pylist() == spans.column("exchanges").to_pylist() == [None]
