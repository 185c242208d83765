"""The content sample: an app captures what the collector's judge will pick, and leaves the rest alone."""

import logging
from typing import Any

import pytest
from google import genai
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import format_trace_id

import gemledger
from gemledger import sampling
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.settings import Settings
from gemledger_collector.judge.sampling import positions

from .conftest import MODEL, Recorded

CAPTURED = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}
TRACE_IDS = st.integers(1, 2**128 - 1)
SHARES = st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.5, 0.999, 1.0]) | st.floats(0, 1)


def settings(**environ: str) -> Settings:
    """Settings of an environment in which content is captured."""
    return Settings.from_environ({**CAPTURED, **environ})


@given(TRACE_IDS, st.none() | st.text(max_size=30), SHARES, SHARES, st.booleans())
def test_whatever_a_judge_rule_picks_has_its_content(
    trace_id: int, conversation_id: str | None, one: float, other: float, by_conversation: bool
) -> None:
    """For every rule whose rate is not above the app's share, by trace or by conversation."""
    rate, share = sorted((one, other))
    app = Settings(capture_content=True, content_sample=share)
    written = format_trace_id(trace_id)
    key = conversation_id if by_conversation and conversation_id is not None else written
    if positions.chosen(key, rate):
        assert app.captures(trace_id, conversation_id)


@given(TRACE_IDS, st.floats(0, 1))
def test_without_a_conversation_the_app_captures_exactly_the_judges_sample(
    trace_id: int, share: float
) -> None:
    """No more than will be judged: a prompt that nobody reads need not leave the app."""
    app = Settings(capture_content=True, content_sample=share)
    assert app.captures(trace_id) is positions.chosen(format_trace_id(trace_id), share)


@given(TRACE_IDS, st.floats(0, 1))
def test_with_content_off_no_share_captures_anything(trace_id: int, share: float) -> None:
    """A share of nothing is nothing."""
    assert not Settings(content_sample=share).captures(trace_id, "conversation")


def test_the_sample_is_the_same_in_every_version() -> None:
    """The very digits: an app and a collector of different versions must draw the same sample."""
    assert sampling.SALT == "gemledger/"
    assert sampling.position(sampling.trace_key(1)) == "7b424ef7d8970c6d"
    assert sampling.threshold(0.01) == "028f5c28f5c28f60"


@pytest.mark.parametrize(
    ("written", "share"),
    [("", 1.0), ("1", 1.0), ("0", 0.0), ("0.01", 0.01), (" 1e-3 ", 0.001)],
)
def test_the_share_is_read_from_the_environment(written: str, share: float) -> None:
    """As the collector reads the rate of a rule."""
    assert settings(GEMLEDGER_CONTENT_SAMPLE=written).content_sample == share


@pytest.mark.parametrize("written", ["1 %", "nan", "-0.1", "1.01", "all", "inf"])
def test_a_share_that_is_none_captures_nothing_and_is_warned_about(
    written: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Too little content can be turned on; content that has left cannot be taken back."""
    with caplog.at_level(logging.WARNING, "gemledger"):
        assert settings(GEMLEDGER_CONTENT_SAMPLE=written).content_sample == 0

    assert "GEMLEDGER_CONTENT_SAMPLE" in caplog.text
    assert "no content is captured" in caplog.text


def test_the_key_of_the_hash_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Not where settings are printed, and not in the warning about a short one."""
    short = settings(GEMLEDGER_REDACTION_KEY="hunter2")
    long = settings(GEMLEDGER_REDACTION_KEY="k" * 32)

    assert "hunter2" not in caplog.text + repr(short)
    assert caplog.text.count("GEMLEDGER_REDACTION_KEY") == 1
    assert short.redactor("ann@example.com") != long.redactor("ann@example.com") != "[email]"
    assert settings().redactor("ann@example.com") == "[email]"


def test_a_kind_that_is_to_be_kept_must_be_one(caplog: pytest.LogCaptureFixture) -> None:
    """What is misspelt is named, and redacted as if it had not been said."""
    kept = settings(GEMLEDGER_REDACTION_KEEP="Domain, e-mail")

    assert kept.redaction_keep == frozenset({"domain"})
    assert kept.redactor("https://example.org ann@example.com") == "https://example.org [email]"
    assert "e-mail" in caplog.text


@pytest.mark.parametrize("written", ["0", "-1", "many", "1.5", "9" * 40])
def test_a_cap_that_is_none_is_warned_about(written: str, caplog: pytest.LogCaptureFixture) -> None:
    """And the default holds."""
    assert settings(GEMLEDGER_CONTENT_MAX_CHARACTERS=written).content_max_characters == 32_768
    assert "GEMLEDGER_CONTENT_MAX_CHARACTERS" in caplog.text


def record(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Recorded:
    """Instrument with these variables set."""
    for name, value in {**CAPTURED, **environ}.items():
        monkeypatch.setenv(name, value)
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider)
    return recorder


@pytest.fixture(autouse=True)
def _uninstrument() -> Any:
    """Take the patches back after each test."""
    yield
    gemledger.uninstrument()


def test_a_share_of_the_calls_has_content_and_it_is_the_judges(
    client: genai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompt and answer of those, of all others neither; every one is billed."""
    recorder = record(monkeypatch, GEMLEDGER_CONTENT_SAMPLE="0.5")
    for number in range(40):
        client.models.generate_content(model=MODEL, contents=f"Question {number}")

    captured = 0
    for span in recorder.spans:
        assert span.attributes is not None
        assert span.context is not None
        picked = positions.chosen(format_trace_id(span.context.trace_id), 0.5)
        captured += picked
        assert ("gen_ai.input.messages" in span.attributes) is picked
        assert ("gen_ai.output.messages" in span.attributes) is picked
        assert "gemledger.cost.pico_usd" in span.attributes
    assert 0 < captured < 40


def test_a_conversation_is_captured_whole_or_by_its_traces_only(
    client: genai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule by conversation finds all of its turns."""
    recorder = record(monkeypatch, GEMLEDGER_CONTENT_SAMPLE="0.3")
    conversations = [f"conversation-{number}" for number in range(12)]
    for conversation in conversations:
        for turn in range(3):
            with gemledger.attribution(conversation_id=conversation):
                list(client.models.generate_content_stream(model=MODEL, contents=f"Turn {turn}"))

    whole = {each for each in conversations if positions.chosen(each, 0.3)}
    assert 0 < len(whole) < 12
    for span in recorder.spans:
        assert span.attributes is not None
        if span.attributes["gen_ai.conversation.id"] in whole:
            assert "gen_ai.output.messages" in span.attributes


def test_what_is_redacted_in_a_call_carries_the_keyed_hash(
    client: genai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same value in two calls reads the same, in prompts and in instructions."""
    recorder = record(monkeypatch, GEMLEDGER_REDACTION_KEY="0123456789abcdef")
    for contents in ("I am ann@example.com", "ANN@example.com again"):
        client.models.generate_content(model=MODEL, contents=contents)

    marker = Settings(redaction_key=b"0123456789abcdef").redactor("ann@example.com")
    assert len(marker) == len("[email:12345678]")
    for span in recorder.spans:
        assert span.attributes is not None
        assert marker in str(span.attributes["gen_ai.input.messages"])


def test_captured_calls_say_how_many_are_captured(
    client: genai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that whoever estimates from them knows how likely each was to be there; the others say nothing."""
    recorder = record(monkeypatch, GEMLEDGER_CONTENT_SAMPLE="0.5")
    for number in range(30):
        client.models.generate_content(model=MODEL, contents=f"Question {number}")

    shares = [_told(span, "gen_ai.input.messages") for span in recorder.spans]
    assert {(has, share) for has, share in shares} == {(True, 0.5), (False, None)}


def test_where_all_are_captured_nothing_is_said(
    client: genai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attribute less on each span."""
    recorder = record(monkeypatch)
    client.models.generate_content(model=MODEL, contents="Question")

    assert [_told(span, "gen_ai.input.messages") for span in recorder.spans] == [(True, None)]


def _told(span: Any, name: str) -> tuple[bool, Any]:
    """Whether a span has an attribute, and the share it names."""
    return name in span.attributes, span.attributes.get("gemledger.content.sample_rate")
