"""A story out of its file, and the configuration that it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gemledger_collector.alerts.stories.story import Alerts, Story
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.config import load
from gemledger_collector.config_file import read_document
from gemledger_collector.config_lines import Lines
from gemledger_collector.config_problems import problems_of
from gemledger_collector.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Written:
    """A story, where it is written, and what it configures."""

    path: Path
    story: Story
    config: AlertsConfig
    section: Mapping[str, Any]
    """The alerts section as it is written; empty where it is in another file."""
    lines: Lines

    def line(self, *location: int | str) -> int | None:
        """Where a part of the story stands."""
        return self.lines.line(location)

    def changed(self, section: Mapping[str, Any]) -> "Written":
        """With other keys in the section, those at the top in place of theirs. Raises ConfigError."""
        kept = {**self.section, **section}
        try:
            config = AlertsConfig.model_validate({**_dumped(self), **section})
        except ValidationError as error:
            raise ConfigError(
                "\n".join(
                    f"{self.path}: events: {each}" for each in problems_of(error, AlertsConfig)
                )
            ) from None
        return replace(self, section=kept, config=config)


def read(path: Path, environ: Mapping[str, str]) -> Written:
    """The story in a file. Raises ConfigError with file and line of everything that is wrong."""
    document = read_document(path)
    lines = Lines.of(path)
    try:
        story = Story.model_validate(document)
        if story.config is not None:
            config = load(path.parent / story.config, {**environ, **story.environ}).alerts
            return Written(path, story, config, {}, lines)
        section = story.alerts or {}
        return Written(
            path, story, Alerts.model_validate({"alerts": section}).alerts, section, lines
        )
    except ValidationError as error:
        root = Alerts if error.title == "Alerts" else Story
        raise ConfigError(lines.located(path, problems_of(error, root))) from None


def _dumped(written: Written) -> dict[str, Any]:
    if written.section:
        return dict(written.section)
    return written.config.model_dump(by_alias=True, exclude_unset=True)
