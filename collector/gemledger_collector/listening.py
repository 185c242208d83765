"""The socket a collector listens on: this machine only unless tokens are set; one clear line where it cannot be."""

import ipaddress
import socket

from gemledger_collector.errors import PortInUse, UnsafeAddress
from gemledger_collector.receivers_config import Protocols

_BACKLOG = 1024


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_protected(protocols: Protocols, *, has_tokens: bool) -> None:
    """Raises UnsafeAddress for an address that other machines reach, unless tokens protect it."""
    if has_tokens:
        return
    for name, protocol in protocols.served.items():
        if not is_loopback(protocol.host):
            raise UnsafeAddress(
                f"receivers.otlp.protocols.{name}.endpoint {protocol.host!r} is not a loopback address, and "
                "extensions.api.tokens is empty: everybody could read and write; make a token with "
                "`gemledger token new NAME --scopes ingest,read`, or use 127.0.0.1"
            )


def bound(host: str, port: int, *, protocol: str = "http") -> socket.socket:
    """A socket that listens. Raises PortInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only where it is: without it answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"cannot listen on {host}:{port} ({error.strerror}); is another collector running? "
            f"stop it, or set receivers.otlp.protocols.{protocol}.endpoint to another port"
        ) from error
    return listener


def address_of(listener: socket.socket, scheme: str = "http") -> str:
    """The base address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def unencrypted(protocols: Protocols) -> list[str]:
    """Protocols that other machines reach, and everybody between can read."""
    return [
        name
        for name, protocol in protocols.served.items()
        if protocol.tls is None and not is_loopback(protocol.host)
    ]
