"""The receivers of HTTP, built from the configuration, beside the API on the same port."""

from collections.abc import Iterable, Mapping

from gemledger_collector.receivers.bodies import BodyLimits, Message, Receive, Send
from gemledger_collector.receivers.otlp_http import OtlpHttp, Sizes
from gemledger_collector.receivers.room import Room
from gemledger_collector.receivers.signals import Signal
from gemledger_collector.receivers.slow_clients import App, BodyDeadline
from gemledger_collector.receivers_config import HttpProtocol, OtlpReceiver
from gemledger_collector.telemetry import Telemetry


def by_path(asked: App, others: Mapping[str, App], http: HttpProtocol, telemetry: Telemetry) -> App:
    """Receivers of ``others`` by their path, everything else to the API.

    Spans go straight to their receiver: a web framework costs more than their decompression.
    """
    patient = BodyDeadline(asked, http.body_timeout.total_seconds(), telemetry)

    async def routed(scope: Message, receive: Receive, send: Send) -> None:
        receiver = others.get(scope["path"]) if scope["type"] == "http" else None
        await (receiver or patient)(scope, receive, send)

    return routed


def otlp(signals: Iterable[Signal], receiver: OtlpReceiver, telemetry: Telemetry) -> dict[str, App]:
    """The OTLP receiver of each signal by its path. All bodies together have twice the room of the queue."""
    http = receiver.protocols.http
    body = BodyLimits(http.max_request_bytes, http.body_timeout.total_seconds())
    room = Room(2 * receiver.queue_bytes)
    sizes = Sizes(body, http.max_decompressed_bytes, http.max_json_bytes, room)
    return {signal.path: OtlpHttp(signal, telemetry, sizes) for signal in signals}
