"""What gemledger writes of a request's contents."""

import json
from typing import Any

from gemledger.content import input_messages


def messages_of(contents: Any, max_characters: int = 1_000) -> Any:
    """The messages that are written for a request's contents."""
    return json.loads(input_messages(contents, max_characters))
