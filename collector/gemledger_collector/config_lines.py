"""Where in a YAML file a setting stands: its line, from 1."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_PART = re.compile(r"\[(?P<position>\d+)\]|(?P<key>[^.\[\]]+)")


class Lines:
    """The places of one file. Of what is not there, the place of the nearest section around it is told."""

    def __init__(self, root: Node | None) -> None:
        self._root = root

    @classmethod
    def of(cls, path: Path) -> Self:
        """The places in a file; of one that cannot be read, none is known."""
        try:
            return cls(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            return cls(None)

    def line(self, location: Sequence[int | str]) -> int | None:
        """The line of a key, or of an item of a list."""
        node, line = self._root, None
        for part in location:
            found = None if node is None else _child(node, part)
            if found is None:
                break
            node, line = found
        return None if line is None else line + 1

    def located(self, path: Path, problems: Iterable[str]) -> str:
        """``file:line: section.key: what is wrong``, one a line, in the file's order.

        What is about no place in the file comes first, without a line.
        """
        found = sorted((self._line_of(problem) or 0, problem) for problem in problems)
        return "\n".join(f"{path}:{f'{line}:' if line else ''} {text}" for line, text in found)

    def _line_of(self, problem: str) -> int | None:
        parts = _PART.findall(problem.partition(": ")[0])
        return self.line([int(position) if position else key for position, key in parts])


def _child(node: Node, part: int | str) -> tuple[Node, int] | None:
    """What stands below a key or position, and the line where it begins to."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(part):
                return value, key.start_mark.line
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item.start_mark.line
    return None
