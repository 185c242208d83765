"""Rubrics in files: those that are shipped, one's own, and what of them is refused."""

from pathlib import Path

import pytest

from gemledger_cli.main import main
from gemledger_collector.config import load as load_config
from gemledger_collector.errors import ConfigError
from gemledger_collector.judge import rubric
from gemledger_collector.judge.prompt import FENCES, build
from gemledger_collector.judge.transcript import Exchange
from gemledger_collector.judge_config import known_rubrics
from gemledger_collector.judge_config.rubric_files import PLAIN_WORD

from .conftest import Bench, all_rounds

BREVITY = """\
name: brevity
version: 1
word: windy answer
instructions: |
  You check whether the answer comes to the point within its first sentence.
labels:
  good: The first sentence answers the question.
  bad: The answer begins with something else.
  cannot_tell: There is no answer.
"""

PUBLISHED = {
    "accuracy": ("1", "none", "4e388355"),
    "accuracy_with_context": ("1", "context", "5b2823bc"),
    "hallucination": ("1", "context", "d322f907"),
    "instruction_following": ("1", "instructions", "c4fad0dc"),
    "safety": ("1", "none", "716ea2bc"),
    "tone": ("1", "none", "b24953d1"),
}
"""Version, need and digest of each rubric: whoever changes a word raises the version, and then this line."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one rubric that is right."""
    made = tmp_path / "rubrics"
    made.mkdir()
    (made / "brevity.yaml").write_text(BREVITY, encoding="utf-8")
    return made


def write(folder: Path, text: str, name: str = "brevity.yaml") -> Path:
    """Another text in a rubric's place."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_shipped_rubric_changes_its_words_only_with_its_version() -> None:
    """Verdicts by other words under the same version could not be told apart afterwards."""
    found = {name: rubric.load(name) for name in known_rubrics()}
    assert {
        name: (each.version, each.needs, each.digest) for name, each in found.items()
    } == PUBLISHED


@pytest.mark.parametrize("name", known_rubrics())
def test_every_shipped_rubric_is_whole(name: str) -> None:
    """Name, instructions, a meaning for each label, and a word for what a bad answer is."""
    read = rubric.load(name)
    assert read.name == name
    assert [label for label, _ in read.labels] == list(rubric.LABELS)
    assert all(meaning for _, meaning in read.labels)
    assert read.word != PLAIN_WORD


def test_a_rubric_of_ones_own_judges_like_any_other(bench: Bench, folder: Path) -> None:
    """Under its name, and a version that says which words they were."""
    bench.answer()
    all_rounds(bench.judging(rubrics=str(folder), rule={"rubrics": ["brevity"]}))
    (row,) = bench.rows()
    assert row["dimension"] == "brevity"
    assert row["rubric_version"] == rubric.load("brevity", folder).version
    assert row["rubric_version"].startswith("1+")


def test_a_changed_word_is_another_version_and_judged_anew(bench: Bench, folder: Path) -> None:
    """Nobody had to think of raising the number."""
    bench.answer()
    before = rubric.load("brevity", folder)
    all_rounds(bench.judging(rubrics=str(folder), rule={"rubrics": ["brevity"]}))
    write(folder, BREVITY.replace("first sentence.", "first two sentences."))
    all_rounds(bench.judging(rubrics=str(folder), rule={"rubrics": ["brevity"]}))
    versions = {row["rubric_version"] for row in bench.rows()}
    assert versions == {before.version, rubric.load("brevity", folder).version}
    assert len(versions) == 2


def test_what_the_judge_is_not_told_makes_no_version(folder: Path) -> None:
    """The word for a bad answer, a comment and the order of keys are none of its criteria."""
    before = rubric.load("brevity", folder)
    lines = [line for line in BREVITY.splitlines() if not line.startswith("word")]
    write(folder, "# Ours.\n" + "\n".join(lines) + "\nword: long-winded answer\n")
    after = rubric.load("brevity", folder)
    assert after.word == "long-winded answer"
    assert after.version == before.version


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BREVITY.replace("  bad: ", "  awful: "), "brevity.yaml:6: labels.bad: missing"),
        (
            BREVITY.replace("  bad: ", "  bda: "),
            "brevity.yaml:8: labels.bda: unknown key .* did you mean 'bad'",
        ),
        (BREVITY + "  maybe: Perhaps.\n", "labels.maybe: unknown key"),
        (BREVITY.replace("name: brevity", "name: shortness"), "brevity.yaml:1: name: 'shortness'"),
        (BREVITY.replace("version: 1", "version: 1.10"), "write it in quotes"),
        (BREVITY.replace("version: 1", "version: one two"), "brevity.yaml:2: version"),
        (BREVITY.replace("version: 1\n", ""), "version: missing; give it a value"),
        (BREVITY + "scale: 1 to 10\n", "scale: unknown key"),
        (BREVITY + "needs: everything\n", "needs: .*'none', 'context' or 'instructions'"),
        (
            BREVITY.replace("There is no answer.", "The first sentence answers the question."),
            "two labels mean the same",
        ),
        (BREVITY + "version: 2\n", "version: stands there twice; keep one"),
        (BREVITY.replace("There is no answer.", "{"), "not YAML"),
        ("- a list\n", "brevity.yaml"),
        ("", "brevity.yaml"),
    ],
)
def test_an_impossible_rubric_stops_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    """With file, line, key and remedy; check-config says the same."""
    write(folder, text)
    config = write(folder.parent, f"extensions:\n  judge:\n    rubrics: {folder}\n", "otel.yaml")
    with pytest.raises(ConfigError, match=problem):
        load_config(config, {})
    assert main(["check-config", str(config)]) == 2
    assert "brevity.yaml" in capsys.readouterr().err


def test_a_shipped_name_is_taken(folder: Path) -> None:
    """One's own may not pass for ours: figures of two machines would be about different things."""
    write(folder, BREVITY.replace("name: brevity", "name: tone"), "tone.yaml")
    config = write(folder.parent, f"extensions:\n  judge:\n    rubrics: {folder}\n", "otel.yaml")
    with pytest.raises(ConfigError, match=r"tone.yaml:1: name: 'tone' .* give yours its own"):
        load_config(config, {})


def test_a_file_that_nobody_would_read_is_named(folder: Path) -> None:
    """NAME.yml is an easy slip."""
    write(folder, BREVITY, "clarity.yml")
    config = write(folder.parent, f"extensions:\n  judge:\n    rubrics: {folder}\n", "otel.yaml")
    with pytest.raises(ConfigError, match=r"clarity.yml is not read; name it clarity.yaml"):
        load_config(config, {})


def test_the_instruction_of_a_rubric_never_varies() -> None:
    """Gemini may cache it, and nothing that others wrote stands in it."""
    read = rubric.load("hallucination")
    one = build(read, Exchange("a?", "b", context="c", instructions="d"))
    other = build(read, Exchange("e?", "f", context="g", instructions="h"))
    assert one.system_instruction == other.system_instruction
    assert one.system_instruction.startswith(read.instructions)
    assert one.system_instruction.endswith(FENCES)
