"""On which line of a TOML file a key stands: ``tomllib`` does not say, so an error message looks again.

Used only after a file was found wrong, on text that ``tomllib`` has accepted: it need not refuse anything.
"""

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Keys and positions in lists: ``("model", 0, "rate", 2, "tier")``."""

_TOKEN = re.compile(
    r'''(?P<space>[ \t\r\n]+|\#[^\n]*)
      | (?P<text>"""(?:\\.|[^\\])*?"""+ | \'\'\'.*?\'\'\'+ | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
      | (?P<mark>[\[\]{}=,.])
      | (?P<bare>[^\s\[\]{}=,."'\#]+)''',
    re.VERBOSE | re.DOTALL,
)


def line_of(text: str, path: Path) -> int:
    """The line, counted from 1, where ``path`` is written; that of its nearest owner where it is not there."""
    lines = _Reader(text).lines()
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Reader:
    """Walks the tokens of a TOML text once and notes where each key and list entry begins."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ("", "", text.count("\n") + 1)]
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}

    def lines(self) -> dict[Path, int]:
        """Path → line."""
        table: Path = ()
        while self._peek():
            if self._peek() == "[":
                table = self._header()
            else:
                self._assignment(table)
        return self._lines

    def _peek(self) -> str:
        """The mark that comes next; ``"x"`` for a key or value, ``""`` at the end."""
        kind, word, _ = self._tokens[self._at]
        return word if kind == "mark" or not kind else "x"

    def _take(self) -> str:
        word = self._tokens[self._at][1]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return word

    def _note(self, path: Path) -> None:
        self._lines.setdefault(path, self._tokens[self._at][2])

    def _header(self) -> Path:
        """``[table]`` or ``[[list of tables]]``: the path that the following keys belong to."""
        start = self._at
        self._take()
        many = self._peek() == "["
        if many:
            self._take()
        path: Path = ()
        for key in self._key():
            path = self._newest((*path, key))
        while self._peek() == "]":
            self._take()
        if many:
            path = path[:-1] if path and isinstance(path[-1], int) else path
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
        self._lines.setdefault(path, self._tokens[start][2])
        return path

    def _newest(self, path: Path) -> Path:
        """A list of tables stands for its newest entry."""
        return (*path, self._counts[path]) if path in self._counts else path

    def _key(self) -> list[str]:
        keys = []
        while self._peek() == "x":
            keys.append(self._take().strip("\"'"))
            if self._peek() != ".":
                break
            self._take()
        return keys

    def _assignment(self, table: Path) -> None:
        start = self._tokens[self._at][2]
        path = table
        for key in self._key():
            path = (*path, key)
            self._lines.setdefault(path, start)
        self._take()  # "=", or whatever else keeps the walk moving
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._peek() == "[":
            self._take()
            position = 0
            while self._peek() not in ("]", ""):
                self._note((*path, position))
                self._value((*path, position))
                position += 1
                if self._peek() == ",":
                    self._take()
            self._take()
        elif self._peek() == "{":
            self._take()
            while self._peek() not in ("}", ""):
                self._assignment(path)
                if self._peek() == ",":
                    self._take()
            self._take()
        else:
            self._scalar()

    def _scalar(self) -> None:
        """One value; a float or a time is several tokens on one line."""
        line = self._tokens[self._at][2]
        self._take()
        while self._peek() == "." and self._tokens[self._at][2] == line:
            self._take()
            self._take()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, word and line of every token that is not white space or a comment."""
    line = 1
    for found in _TOKEN.finditer(text):
        kind, word = str(found.lastgroup), found.group()
        if kind != "space":
            yield kind, word, line
        line += word.count("\n")
