"""What a process keeps in mind from one call to the next: a few thousand things at most, the oldest forgotten."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Remembered(Generic[_T]):
    """Things by name. Thread-safe; never grows beyond ``most``."""

    def __init__(self, most: int = 2_000) -> None:
        self._things: OrderedDict[str, _T] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def keep(self, name: str, thing: _T) -> bool:
        """Keep a thing, in place of an older one of this name; whether the name is new."""
        with self._lock:
            is_new = name not in self._things
            self._things[name] = thing
            self._things.move_to_end(name)
            if len(self._things) > self._most:
                self._things.popitem(last=False)
            return is_new

    def get(self, name: str) -> _T | None:
        """The thing of this name, None where there is none or it is forgotten."""
        with self._lock:
            return self._things.get(name)
