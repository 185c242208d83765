"""The requests of a batch: written into the call that begins it, or line by line into a file."""

import json
from dataclasses import dataclass

from gemledger_simulator.fields import Json, field, submessage, submessages
from gemledger_simulator.file_store import FileStore


class BadSource(ValueError):  # noqa: N818 - it is the source that is bad
    """There are no requests to be found; the text is Google's answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One request, and what its result is to be recognised by."""

    request: Json
    marks: Json
    """``key`` of a file's line, ``metadata`` of an inlined request: handed back as they came."""


def lines_of(config: Json, files: FileStore) -> tuple[tuple[Line, ...], bool]:
    """The requests, and whether they came in a file, as their results then will. Raises BadSource."""
    name = field(config, "fileName")
    if not name:
        lines = tuple(map(_line, submessages(submessage(config, "requests"), "requests")))
        if not lines:
            raise BadSource("* BatchGenerateContentRequest.batch.input_config: required")
        return lines, False
    file = files.get(str(name))
    if file is None:
        raise BadSource(f"The file {name} was not found.")
    texts = [text for text in file.data.decode().splitlines() if text.strip()]
    try:
        return tuple(_line(json.loads(text)) for text in texts), True
    except ValueError as error:
        raise BadSource(f"The file {name} is not JSONL: {error}") from None


def _line(message: Json) -> Line:
    """A request in its envelope."""
    marks: Json = {name: message[name] for name in ("key", "metadata") if name in message}
    return Line(submessage(message, "request"), marks)
