"""Which door a configuration asks for: one for HTTP and gRPC alike, and another when it is read again."""

from collections.abc import Callable

from gemledger_collector.access import Caller, Door, OpenDoor, Scope
from gemledger_collector.api_config import ApiExtension
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.token_door import TokenDoor


class Entrance:
    """By token where there are some, else open to this machine. ``clock`` gives unix nanoseconds."""

    def __init__(self, api: ApiExtension, clock: Callable[[], int], telemetry: Telemetry) -> None:
        self._by_token = TokenDoor(
            (), clock, lambda reason: telemetry.add("callers_refused_total", reason=reason)
        )
        self._door: Door = OpenDoor()
        self.renew(api)

    def renew(self, api: ApiExtension) -> None:
        """From now on by these tokens."""
        self._by_token.renew(api.admitted)
        self._door = self._by_token if api.tokens else OpenDoor()

    def admit(self, authorization: str | None, scope: Scope | None, *, peer: str = "") -> Caller:
        """As ``access.Door`` has it."""
        return self._door.admit(authorization, scope, peer=peer)
