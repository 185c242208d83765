"""The socket a collector listens on: on this machine only, and one clear line where that cannot be."""

import ipaddress
import socket

from gemledger_collector.errors import PortInUse, UnsafeAddress

_BACKLOG = 1024


def require_loopback(host: str) -> None:
    """Raises UnsafeAddress for an address that other machines reach."""
    if host == "localhost":
        return
    try:
        safe = ipaddress.ip_address(host).is_loopback
    except ValueError:
        safe = False
    if not safe:
        raise UnsafeAddress(
            f"receivers.otlp.protocols.http.endpoint {host!r} is not a loopback address, and there are no access "
            "tokens yet to protect it; use 127.0.0.1, and a reverse proxy with authentication in front"
        )


def bound(host: str, port: int) -> socket.socket:
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
            "stop it, or set receivers.otlp.protocols.http.endpoint to another port"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The base address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
