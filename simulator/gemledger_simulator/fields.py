"""Reading Google's JSON: a field may come in camelCase or in snake_case, and the SDK sends both."""

import re
from functools import lru_cache
from typing import Any

Json = dict[str, Any]


@lru_cache(maxsize=256)
def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), name)


def field(message: Json, name: str) -> object:
    """The value of ``name`` (camelCase), or of its snake_case twin, or None."""
    value = message.get(name)
    return message.get(_snake(name)) if value is None else value


def submessage(message: Json, name: str) -> Json:
    """The message in field ``name``; empty where there is none."""
    value = field(message, name)
    return value if isinstance(value, dict) else {}


def submessages(message: Json, name: str) -> list[Json]:
    """The messages in the list field ``name``; a lone message counts as a list of one."""
    value = field(message, name)
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def whole_number(message: Json, name: str) -> int | None:
    """The integer in field ``name``; None where there is none. Google's JSON may give it as a string."""
    value = field(message, name)
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        return None
