"""The house itself: who may import whom, and what the bare install can do."""

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from gemledger_cli.main import COMMANDS, Command, main

ROOT = Path(__file__).parent.parent

RUN_WITHOUT_EXTRAS = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"duckdb", "pyarrow", "numpy", "pydantic", "httpx", "rich", "streamlit", "yaml"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
sys.meta_path.insert(0, Absent())
from gemledger_cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def run_without_extras(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as the bare install would: nothing of the extras can be imported."""
    return subprocess.run(
        [sys.executable, "-c", RUN_WITHOUT_EXTRAS, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_import_contract_holds() -> None:
    """No part of the house imports what the design forbids it."""
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_bare_install_lists_every_command() -> None:
    """`gemledger --help` answers where only the library for apps is installed."""
    result = run_without_extras("--help")
    assert result.returncode == 0, result.stderr
    assert all(f"  {command.name} " in result.stdout for command in COMMANDS)


WITH_EXTRA = [command for command in COMMANDS if command.extra]
WITHOUT_EXTRA = [command for command in COMMANDS if not command.extra]


@pytest.mark.parametrize("command", WITHOUT_EXTRA, ids=lambda command: command.name)
def test_a_command_of_the_bare_install_answers_there(command: Command) -> None:
    """What the library for apps brings along needs nothing else."""
    result = run_without_extras(command.name, "--help")
    assert result.returncode == 0, result.stderr
    assert f"example:\n  gemledger {command.name}" in result.stdout


@pytest.mark.parametrize("command", WITH_EXTRA, ids=lambda command: command.name)
def test_a_command_whose_extra_is_missing_names_the_pip_command(command: Command) -> None:
    """A missing extra is one line with the remedy and exit code 3, not a traceback."""
    result = run_without_extras(command.name, "--help")
    assert result.returncode == 3, result.stderr
    assert result.stderr.count("\n") == 1
    assert f"pip install 'gemledger[{command.extra}]'" in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself_with_an_example(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """`gemledger COMMAND --help` ends with something to copy."""
    with pytest.raises(SystemExit) as ended:
        main([command.name, "--help"])
    assert ended.value.code == 0
    assert f"example:\n  gemledger {command.name}" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_in_the_documentation(command: Command) -> None:
    """A command that no page mentions does not exist for a stranger."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"gemledger {command.name}" in page.read_text() for page in pages)


def test_every_link_between_the_pages_leads_somewhere() -> None:
    """No page of the documentation points to a file that is not there."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target
    ]
    assert len(links) > 20
    assert [
        (page.name, target) for page, target in links if not (page.parent / target).exists()
    ] == []


def test_an_unknown_command_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A typo gets the likely command and exit code 2."""
    assert main(["serv"]) == 2
    assert "did you mean `serve`?" in capsys.readouterr().err


def test_constraints_name_no_registry() -> None:
    """The pinned versions carry no registry host and no path of a machine."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(
        "==" in line and "/" not in line for line in lines if line and not line.startswith("#")
    )


def test_every_dependency_is_pinned_for_ci_and_the_demo() -> None:
    """Each dependency that an extra names has a version in constraints.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *chain.from_iterable(project["optional-dependencies"].values()),
    ]
    names = {
        entry.split(";")[0].split("[")[0].split(">")[0].split("=")[0].strip().lower()
        for entry in wanted
    }
    pinned = {
        line.partition("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    normal = {name.replace("_", "-") for name in pinned}
    assert {name for name in names if name.replace("_", "-") not in normal} == {"gemledger"}
