"""Reading the configuration file: YAML, and values from the environment."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gemledger_collector.errors import ConfigError

_VARIABLE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def read_document(path: Path) -> dict[str, Any]:
    """The YAML mapping in the file; empty files are empty mappings."""
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); check --config") from error
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise ConfigError(f"{path}: not YAML ({where}); check indentation and quotes") from error
    except ValueError as error:  # what YAML takes for a date and is none, such as 2026-13-01
        raise ConfigError(
            f"{path}: a value cannot be read ({error}); correct it, or write it in quotes if it is text"
        ) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        kind = type(document).__name__
        raise ConfigError(
            f"{path}: holds one {kind}; write sections, such as receivers: and exporters:"
        )
    return document


def substituted(
    value: Any,  # noqa: ANN401 - whatever YAML holds
    environ: Mapping[str, str],
    where: str,
    problems: list[str],
) -> Any:  # noqa: ANN401 - as above
    """``value`` with every ``${env:NAME}`` replaced; names that are not set go to ``problems``."""
    if isinstance(value, dict):
        return {
            key: substituted(item, environ, f"{where}.{key}".lstrip("."), problems)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            substituted(item, environ, f"{where}[{index}]", problems)
            for index, item in enumerate(value)
        ]
    return _filled(value, environ, where, problems) if isinstance(value, str) else value


def _filled(text: str, environ: Mapping[str, str], where: str, problems: list[str]) -> object:
    """One text with its variables filled in."""

    def replacement(match: re.Match[str]) -> str:
        fallback: str | None = match[2]
        found = environ.get(match[1], fallback)
        if found is None:
            problems.append(
                f"{where}: {match[0]} is not set; export {match[1]}, "
                f"or write ${{env:{match[1]}:-fallback}}"
            )
        return found or ""

    filled = _VARIABLE.sub(replacement, text)
    if _VARIABLE.fullmatch(text) is None:
        return filled
    # A value that is one variable alone keeps YAML's types: ${env:RATE} may be the number 0.1.
    scalar = yaml.safe_load(filled)
    return filled if isinstance(scalar, dict | list) else scalar
