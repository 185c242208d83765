"""``gemledger price``: what people and scripts read, on fixed days."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gemledger_cli.main import main

TODAY = ("--at", "2026-11-21")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What ``gemledger price`` prints; the exit code is checked."""
    assert main(["price", *arguments]) == code
    return capsys.readouterr().out


def test_the_list_shows_every_model_with_the_rates_of_the_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both platforms, standard rates, context steps; what is inferred is marked."""
    lines = printed(capsys, *TODAY).splitlines()

    assert (
        lines[0]
        == "Price book 2026-11-21.1, rates of 2026-11-21, standard tier, USD per million tokens."
    )
    assert lines.index("gemini_api") < lines.index("vertex_ai")
    table = {words[0]: words[1:] for line in lines if (words := line.split())}
    assert table["gemini-2.5-pro"][:6] == ["1.25", "0.125", "10.00", "200,000", "2.50", "15.00"]
    assert table["gemini-4-carbon~"][:3] == ["2.00", "0.10", "10.00"]
    assert table["veo-3.1-generate-preview"] == ["video_second", "0.40", "video_second.4k", "0.60"]
    assert "gemini-2.0-flash" not in table  # no longer offered on that day


def test_the_list_is_json_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    """Decimal texts, never floats."""
    entries = json.loads(printed(capsys, *TODAY, "--json", "--platform", "vertex_ai"))
    cyber = next(entry for entry in entries if entry["model"] == "gemini-3.8-flash-cyber")

    assert {entry["platform"] for entry in entries} == {"vertex_ai"}
    assert cyber["usd"] == {"input": "1.50", "cache_read": "0.15", "output": "7.50"}
    assert cyber["tiers"] == ["standard", "flex", "priority", "batch"]


def test_one_model_shows_every_cell_with_source_day_and_confidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A row a block: since when, until when, each cell, where it was read."""
    text = printed(
        capsys, "models/gemini-2.5-flash", "--platform", "gemini_api", "--tier", "flex", *TODAY
    )

    assert text.splitlines()[0] == "gemini_api  gemini-2.5-flash  flex  from 2026-04-02"
    rows = [line.split() for line in text.splitlines()[1:]]
    assert ["input", "0.15", "per", "million", "tokens", "published"] in rows
    assert ["input.audio", "0.50", "per", "million", "tokens", "inferred"] in rows
    assert ["maps_prompt", "0.025", "per", "maps", "prompt", "published"] in rows
    assert "read 2026-10-21: https://ai.google.dev/gemini-api/docs/pricing, Batch, Flex" in text
    assert "row  gemini_api/gemini-2.5-flash/flex/base/2026-04-02" in text


def test_a_day_of_the_future_shows_the_prices_of_that_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both sides of a switch, and how long each holds."""

    def standard(day: str) -> dict[str, object]:
        rows = json.loads(
            printed(capsys, "gemini-4-argon", "--platform", "gemini_api", "--at", day, "--json")
        )
        return next(row for row in rows if row["tier"] == "standard")

    before, after = standard("2026-11-30"), standard("2026-12-01")
    assert (before["from"], before["until"]) == ("2026-10-13", "2026-12-01")
    assert (after["from"], after["until"]) == ("2026-12-01", None)
    assert after["row"] == "gemini_api/gemini-4-argon/standard/base/2026-12-01"


def test_tokens_are_priced_to_the_pico(capsys: pytest.CaptureFixture[str]) -> None:
    """By every row that is shown; a cell without a rate makes it unpriced."""
    ask = ("gemini-3.8-flash", "--platform", "gemini_api", "--tier", "standard", *TODAY, "--tokens")
    assert "  cost  0.01125 USD" in printed(capsys, *ask, "input=10000", "output=1000").splitlines()
    (row,) = json.loads(printed(capsys, *ask, "input.audio=8", "thoughts=1", "--json"))
    assert row["cost_pico_usd"] == 8 * 750_000 + 3_750_000
    assert "unpriced: a cell has no rate" in printed(capsys, *ask, "output.image=5")


def test_the_check_is_quiet_while_nothing_needs_attention(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 0; changes whose next price is known are listed all the same."""
    text = printed(capsys, "--check", *TODAY)

    assert "needs attention: nothing" in text
    assert (
        "2026-12-01  changes: gemini_api/gemini-4-argon standard base global: input 2.00 to 4.00"
        in text
    )


def test_the_check_fails_when_something_needs_attention(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1: a reading is old, a cell ends without a next price."""
    entries = json.loads(printed(capsys, "--check", "--at", "2026-12-20", "--json", code=1))

    assert {entry["kind"] for entry in entries} == {"stale", "cell ends", "changes"}
    assert {entry["kind"] for entry in entries if not entry["needs_attention"]} == {"changes"}


def test_an_overlay_is_shown_as_apps_will_use_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given as an option or by the variable that apps read."""
    file = tmp_path / "mine.toml"
    file.write_text("[[discount]]\npercent = 50\nfrom = 2026-11-01\n")
    ask = ("gemini-2.5-flash", "--platform", "vertex_ai", "--tier", "standard", *TODAY)

    given = printed(capsys, *ask, "--overlay", str(file))
    assert (
        "  row  overlay:vertex_ai/gemini-2.5-flash/standard/base/2026-11-01" in given.splitlines()
    )
    assert "50 % off by overlay" in given
    monkeypatch.setenv("GEMLEDGER_PRICE_OVERLAY", str(file))
    assert printed(capsys, *ask) == given


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("gemini-3.8-flsh",),
            1,
            "gemini-3.8-flsh is not in the book; did you mean gemini-3.8-flash?",
        ),
        (("xyz",), 1, "xyz is not in the book; `gemledger price` lists all."),
        (
            ("gemini-2.0-flash",),
            1,
            "gemini-2.0-flash has no such price on 2026-11-21; calls of that day are unpriced",
        ),
        (("--overlay", "nowhere.toml"), 2, "nowhere.toml: cannot be read"),
    ],
)
def test_what_cannot_be_answered_says_why(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    """On standard error, with an exit code."""
    assert main(["price", *arguments, *TODAY]) == code
    assert f"gemledger price: {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [("--at", "tomorrow"), ("m", "--tokens", "input"), ("m", "--tokens", "smell=1")]
)
def test_an_argument_that_is_not_understood_ends_in_usage(
    capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...]
) -> None:
    """Exit code 2, and what would have been right."""
    with pytest.raises(SystemExit) as ended:
        main(["price", *wrong])

    assert ended.value.code == 2
    assert "like" in capsys.readouterr().err


def test_it_imports_neither_the_sdk_nor_a_toolkit() -> None:
    """The bare install answers, at once."""
    script = (
        "import sys; from gemledger_cli.main import main; main(['price', '--at', '2026-11-21']);"
        "sys.exit(str({'rich', 'google.genai', 'tomllib', 'pydantic', 'duckdb'} & set(sys.modules) or ''))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.stderr.strip() == ""
