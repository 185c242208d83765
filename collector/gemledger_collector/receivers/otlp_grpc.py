"""OTLP over gRPC: the three Export methods, their bytes handed on as they came, answered once committed.

Statuses are those of the OTLP specification: UNAVAILABLE and RESOURCE_EXHAUSTED say with RetryInfo when to send
again; without it, and with any other status, sending again cannot help.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gemledger_collector.access import Door
from gemledger_collector.errors import CollectorError, PortInUse
from gemledger_collector.listening import bound
from gemledger_collector.receivers.signals import Signal
from gemledger_collector.receivers.statuses import status_message
from gemledger_collector.receivers_config import GrpcProtocol
from gemledger_collector.telemetry import Telemetry

if TYPE_CHECKING:
    from grpc import aio

    from gemledger_collector.grpc_tls import GrpcCertificates

GRACE_SECONDS = 10
_HANDSHAKE_MS = 10_000
_STREAMS_PER_CONNECTION = 128


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in, how their bytes are encrypted (None: not), and where they are counted."""

    door: Door
    certificates: "GrpcCertificates | None"
    telemetry: Telemetry


@asynccontextmanager
async def serving(
    signals: Iterable[Signal], config: GrpcProtocol, admission: Admission, stop: asyncio.Event
) -> AsyncIterator[str | None]:
    """Serve until ``stop`` is set, then answer what is in flight; gives the address, None where switched off.

    Raises PortInUse.
    """
    if not config.enabled:
        yield None
        return
    from grpc import aio  # noqa: PLC0415  20 MB, and only here

    server = aio.server(options=_options(config))
    server.add_generic_rpc_handlers([_Service(signal, admission).handler for signal in signals])
    address = _listen(server, config, admission.certificates)
    await server.start()
    closing = asyncio.create_task(_stop_when(stop, server))
    try:
        yield address
    finally:
        closing.cancel()
        await server.stop(GRACE_SECONDS)


def _options(config: GrpcProtocol) -> Sequence[tuple[str, Any]]:
    """Of the C core, which measures a message before and after decompression by the same limit."""
    return (
        ("grpc.max_receive_message_length", config.max_message_bytes),
        ("grpc.max_connection_idle_ms", round(config.idle_timeout.total_seconds() * 1000)),
        ("grpc.server_handshake_timeout_ms", _HANDSHAKE_MS),
        ("grpc.max_concurrent_streams", _STREAMS_PER_CONNECTION),
        ("grpc.so_reuseport", 0),  # else two collectors share a port, each taking half of the spans
    )


def _listen(
    server: "aio.Server", config: GrpcProtocol, certificates: "GrpcCertificates | None"
) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    # Tried with a socket of our own first: the C core reports a taken port in lines of its own.
    bound(config.host, config.port, protocol="grpc").close()
    address = f"{host}:{config.port}"
    try:
        if certificates is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, certificates.credentials())
    except RuntimeError as error:
        raise PortInUse(f"cannot listen on {address} ({error})") from error
    return f"{host}:{port}"


async def _stop_when(stop: asyncio.Event, server: "aio.Server") -> None:
    await stop.wait()
    await server.stop(GRACE_SECONDS)


class _Service:
    """The Export method of one signal."""

    def __init__(self, signal: Signal, admission: Admission) -> None:
        self._signal = signal
        self._door = admission.door
        self._telemetry = admission.telemetry

    @property
    def handler(self) -> Any:  # noqa: ANN401  grpc.GenericRpcHandler
        """Requests and responses are bytes: nothing is decoded here."""
        import grpc  # noqa: PLC0415

        method: Any = grpc.unary_unary_rpc_method_handler(self._export)
        return grpc.method_handlers_generic_handler(self._signal.service, {"Export": method})

    async def _export(self, payload: bytes, context: "aio.ServicerContext[bytes, bytes]") -> bytes:
        try:
            self._door.admit(_authorization(context), "ingest", peer=_host(context.peer()))
            self._telemetry.add("requests_received_total", reason=f"{self._signal.name} grpc")
            response = self._signal.answer(await self._signal.take(payload))
        except CollectorError as error:
            await _refuse(context, error)
            raise  # never reached: refusing raises
        return b"" if response is None else response.SerializeToString()


def _authorization(context: "aio.ServicerContext[bytes, bytes]") -> str | None:
    metadata = context.invocation_metadata() or ()
    given = [value for name, value in metadata if name == "authorization"]
    # Two such values are two people: neither is believed.
    return str(given[0]) if len(given) == 1 else ""


def _host(peer: str) -> str:
    """The address in ``ipv4:127.0.0.1:52100`` or ``ipv6:%5B::1%5D:52100``."""
    return unquote(peer).partition(":")[2].rpartition(":")[0].strip("[]")


async def _refuse(context: "aio.ServicerContext[bytes, bytes]", error: CollectorError) -> None:
    import grpc  # noqa: PLC0415

    status = status_message(error)
    code = next(each for each in grpc.StatusCode if each.value[0] == status.code)
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(code, str(error), details)
