"""The composition root: builds every part, runs them until told to stop, and takes them down in order.

Down in order means: no new connections, in-flight requests answered, the queue committed, the file closed.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gemledger.pricing import Book
from gemledger_collector.alerts.channels import require_extras
from gemledger_collector.api.app import create_app
from gemledger_collector.api.context import Context
from gemledger_collector.api.doorway import Doorway
from gemledger_collector.api.hosts import App, HostCheck
from gemledger_collector.api.refusals import Refusals
from gemledger_collector.background import add_loops
from gemledger_collector.certificates import Certificates
from gemledger_collector.config import Config
from gemledger_collector.doors import Entrance
from gemledger_collector.http_server import Server, server_config
from gemledger_collector.listening import address_of, bound, require_protected, unencrypted
from gemledger_collector.loops import Loops, Settings
from gemledger_collector.pipeline import Limits, Pipeline
from gemledger_collector.price_book import price_book
from gemledger_collector.receivers import intake, otlp_grpc, webhooks
from gemledger_collector.receivers.bodies import BodyLimits
from gemledger_collector.receivers.signals import Signal, signals_of
from gemledger_collector.reloading import Parts, Reloading, chain_of
from gemledger_collector.settle.gate import Gate
from gemledger_collector.settle.inbox import StoreInbox
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

logger = logging.getLogger("gemledger.service")


@dataclass(frozen=True, slots=True)
class Ready:
    """Where a running collector is reached, and the file it owns; ``grpc_address`` is None where that is off."""

    url: str
    store_path: Path
    grpc_address: str | None = None


OnReady = Callable[[Ready], None]


def serve(
    config: Config, *, on_ready: OnReady | None = None, load: Callable[[], Config] | None = None
) -> int:
    """Run a collector until SIGINT or SIGTERM; 0 after a clean end. Raises StartupError.

    ``load`` reads the configuration again on SIGHUP.
    """
    service = Service(config, load=load)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_signalled(service, on_ready))
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _until_signalled(service: "Service", on_ready: OnReady | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    handlers = {
        signal.SIGINT: stop.set,
        signal.SIGTERM: stop.set,
        signal.SIGHUP: service.read_again,
    }
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        await service.run(stop, on_ready=on_ready)
    finally:
        for (
            number
        ) in handlers:  # gRPC holds on to a closed loop, and the loop would to all of the service
            loop.remove_signal_handler(number)


class Service:
    """One collector. ``clock`` gives unix nanoseconds."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], int] = time.time_ns,
        load: Callable[[], Config] | None = None,
    ) -> None:
        self.config = config
        self._clock = clock
        self._load = load or (lambda: config)
        self._asked_again = asyncio.Event()
        self.reloading: Reloading | None = None

    def read_again(self) -> None:
        """Read the configuration again soon: what is safe takes effect, the rest is told."""
        self._asked_again.set()

    async def run(self, stop: asyncio.Event, *, on_ready: OnReady | None = None) -> None:
        """Serve until ``stop`` is set, then drain and close. Raises StartupError before anything is served."""
        require_extras(self.config.alerts)
        book = price_book(self.config.processors.price.overlay)
        certificates = Certificates(self.config.receivers.otlp.protocols)
        with self._listening() as listener, self._storing() as store:
            context = self._context(store, book)
            context.pipeline.start()
            try:
                await self._serve(context, certificates, listener, stop, on_ready)
            finally:
                # In a thread: committing what is queued must not stop the answers to it.
                await asyncio.to_thread(context.pipeline.close)

    @contextmanager
    def _listening(self) -> Iterator[socket.socket]:
        self._require_safe_address()
        listener = bound(self.config.http.host, self.config.http.port)
        try:
            yield listener
        finally:
            listener.close()

    def _require_safe_address(self) -> None:
        protocols = self.config.receivers.otlp.protocols
        require_protected(protocols, has_tokens=bool(self.config.extensions.api.tokens))
        for protocol in unencrypted(protocols):
            logger.warning(
                "receivers.otlp.protocols.%s listens beyond this machine without tls: whoever is between "
                "reads tokens and spans; set tls there, or have a proxy in front that encrypts",
                protocol,
            )

    @contextmanager
    def _storing(self) -> Iterator[Store]:
        exporter = self.config.exporters.duckdb
        store = Store.open(
            exporter.path,
            memory_limit=f"{exporter.memory_limit // 10**6}MB",
            minimum_free_bytes=exporter.minimum_free,
        )
        try:
            yield store
        finally:
            store.close()

    def _context(self, store: Store, book: Book) -> Context:
        telemetry = Telemetry()
        telemetry.gauge("store_bytes", lambda: store.file_bytes)
        chain = chain_of(Settings(self.config, book))
        receiver = self.config.receivers.otlp
        doubles = self.config.processors.deduplicate.memory
        limits = Limits(receiver.queue_bytes, receiver.group_bytes, doubles, self._clock)
        return Context(
            config=self.config,
            store=store,
            pipeline=Pipeline(store, chain, telemetry, limits),
            telemetry=telemetry,
            book=book,
            price_book=book.version,
            clock=self._clock,
            started_at_unix_nano=self._clock(),
            minutes=Minutes(store),
        )

    async def _serve(
        self,
        context: Context,
        certificates: Certificates,
        listener: socket.socket,
        stop: asyncio.Event,
        on_ready: OnReady | None,
    ) -> None:
        scheme = "http" if certificates.http is None else "https"
        inbox = StoreInbox(context.store)
        settings = Settings(self.config, context.book)
        loops = Loops(settings, stop)
        add_loops(loops, context, inbox)
        signals = signals_of(context.pipeline, context.telemetry)
        application, parts = self._application(context, inbox, signals, certificates, loops)
        setup = server_config(application, self.config.http, certificates.http, context.telemetry)
        admission = otlp_grpc.Admission(parts.entrance, certificates.grpc, context.telemetry)
        grpc = otlp_grpc.serving(signals, self.config.grpc, admission, stop)
        async with grpc as grpc_address, asyncio.TaskGroup() as tasks:

            def started() -> None:
                if on_ready is not None:
                    url = address_of(listener, scheme)
                    on_ready(Ready(url, context.store.path, grpc_address))

            server = Server(setup, started)
            tasks.create_task(_stop_when(stop, server))
            tasks.create_task(loops.run())
            self.reloading = Reloading(parts, settings, self._load)
            tasks.create_task(self.reloading.run(self._asked_again, stop))
            try:
                await server.serve(sockets=[listener])
            finally:
                stop.set()

    def _application(
        self,
        context: Context,
        inbox: StoreInbox,
        signals: Sequence[Signal],
        certificates: Certificates,
        loops: Loops,
    ) -> tuple[App, Parts]:
        http, telemetry, api = self.config.http, context.telemetry, self.config.extensions.api
        receivers = {
            **intake.otlp(signals, self.config.receivers.otlp, telemetry),
            webhooks.PATH: self._webhooks(context, inbox),
        }
        asked = create_app(context)
        routed = intake.by_path(asked, receivers, http, telemetry)
        entrance = Entrance(api, self._clock, telemetry)
        hosts = HostCheck(
            Doorway(routed, entrance, Refusals(context.store, self._clock)), api.allowed_hosts
        )
        return hosts, Parts(asked, entrance, hosts, certificates, loops)

    def _webhooks(self, context: Context, inbox: StoreInbox) -> App:
        config = self.config.settle.webhooks
        gate = Gate(config) if config.enabled else None
        seconds = self.config.http.body_timeout.total_seconds()
        limits = BodyLimits(config.max_body_bytes, seconds)
        return webhooks.GeminiWebhooks(gate, inbox, context.telemetry, self._clock, limits=limits)


async def _stop_when(stop: asyncio.Event, server: Server) -> None:
    await stop.wait()
    server.should_exit = True
