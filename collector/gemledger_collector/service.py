"""The composition root: builds every part, runs them until told to stop, and takes them down in order.

Down in order means: no new connections, in-flight requests answered, the queue committed, the file closed.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from gemledger.pricing import Book
from gemledger_collector.alerts import loop as alerts_loop
from gemledger_collector.api.app import create_app
from gemledger_collector.api.context import Context
from gemledger_collector.api.doorway import Doorway
from gemledger_collector.api.hosts import App, HostCheck
from gemledger_collector.config import Config
from gemledger_collector.doors import Entrance
from gemledger_collector.judge import loop as judge_loop
from gemledger_collector.listening import address_of, bound, require_loopback
from gemledger_collector.pipeline import Limits, Pipeline
from gemledger_collector.price_book import price_book
from gemledger_collector.processors.attribute import Attribution
from gemledger_collector.processors.chain import Chain
from gemledger_collector.receivers import intake, webhooks
from gemledger_collector.receivers.bodies import BodyLimits
from gemledger_collector.receivers.signals import traces
from gemledger_collector.receivers.slow_clients import Patience, patient_protocol
from gemledger_collector.receivers_config import HttpProtocol
from gemledger_collector.settle import fetching
from gemledger_collector.settle import loop as settle_loop
from gemledger_collector.settle.gate import Gate
from gemledger_collector.settle.inbox import StoreInbox
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.upkeep import loop as upkeep_loop

logger = logging.getLogger("gemledger.service")

_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ready:
    """Where a running collector is reached, and the file it owns."""

    url: str
    store_path: Path


OnReady = Callable[[Ready], None]


def serve(config: Config, *, on_ready: OnReady | None = None) -> int:
    """Run a collector until SIGINT or SIGTERM; 0 after a clean end. Raises StartupError."""
    service = Service(config)
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
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await service.run(stop, on_ready=on_ready)


class Service:
    """One collector. ``clock`` gives unix nanoseconds."""

    def __init__(self, config: Config, *, clock: Callable[[], int] = time.time_ns) -> None:
        self.config = config
        self._clock = clock

    async def run(self, stop: asyncio.Event, *, on_ready: OnReady | None = None) -> None:
        """Serve until ``stop`` is set, then drain and close. Raises StartupError before anything is served."""
        book = price_book(self.config.processors.price.overlay)
        with self._listening() as listener, self._storing() as store:
            context = self._context(store, book)
            context.pipeline.start()
            try:
                await self._serve(context, listener, stop, on_ready)
            finally:
                # In a thread: committing what is queued must not stop the answers to it.
                await asyncio.to_thread(context.pipeline.close)

    @contextmanager
    def _listening(self) -> Iterator[socket.socket]:
        host, port = self.config.http.host, self.config.http.port
        require_loopback(host, has_tokens=bool(self.config.extensions.api.tokens))
        listener = bound(host, port)
        try:
            yield listener
        finally:
            listener.close()

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
        processors = self.config.processors
        chain = Chain(book, processors.redact.redactor, Attribution(processors.attribute))
        receiver = self.config.receivers.otlp
        limits = Limits(receiver.queue_bytes, receiver.group_bytes, self._clock)
        return Context(
            config=self.config,
            store=store,
            pipeline=Pipeline(store, chain, telemetry, limits),
            telemetry=telemetry,
            book=book,
            price_book=book.version,
            clock=self._clock,
            started_at_unix_nano=self._clock(),
        )

    async def _serve(
        self,
        context: Context,
        listener: socket.socket,
        stop: asyncio.Event,
        on_ready: OnReady | None,
    ) -> None:
        def started() -> None:
            if on_ready is not None:
                on_ready(Ready(address_of(listener), context.store.path))

        inbox = StoreInbox(context.store)
        application = self._application(context, inbox)
        server = _Server(_uvicorn_config(application, self.config.http, context.telemetry), started)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_stop_when(stop, server))
            self._start_loops(tasks, context, inbox, stop)
            try:
                await server.serve(sockets=[listener])
            finally:
                stop.set()

    def _start_loops(
        self, tasks: asyncio.TaskGroup, context: Context, inbox: StoreInbox, stop: asyncio.Event
    ) -> None:
        """What runs beside the server until ``stop`` is set."""
        config, store, telemetry = self.config, context.store, context.telemetry
        clock, sink, fetch = self._clock, context.pipeline, config.settle.webhooks.fetch
        url = config.extensions.api.external_url or ""
        exporter = config.exporters.duckdb
        upkeep = upkeep_loop.steps_of(store, exporter, telemetry)
        fetches = fetching.Fetching(store, fetch, clock, telemetry)
        for loop in (
            alerts_loop.run(store, config.alerts, clock, stop, telemetry, external_url=url),
            judge_loop.run(store, config.judge, sink, clock, stop, telemetry),
            settle_loop.run(store, config.settle, context.book, clock, stop, telemetry),
            fetching.run(inbox, fetches, fetch, sink, stop),
            upkeep_loop.run(upkeep, exporter, clock, stop, telemetry),
        ):
            tasks.create_task(loop)

    def _application(self, context: Context, inbox: StoreInbox) -> App:
        http, telemetry = self.config.http, context.telemetry
        receivers = {
            **intake.otlp([traces(context.pipeline)], http, telemetry),
            webhooks.PATH: self._webhooks(context, inbox),
        }
        routed = intake.by_path(create_app(context), receivers, http, telemetry)
        api = self.config.extensions.api
        doorway = Doorway(routed, Entrance(api, self._clock, telemetry))
        return HostCheck(doorway, api.allowed_hosts)

    def _webhooks(self, context: Context, inbox: StoreInbox) -> App:
        config = self.config.settle.webhooks
        gate = Gate(config) if config.enabled else None
        seconds = self.config.http.body_timeout.total_seconds()
        limits = BodyLimits(config.max_body_bytes, seconds)
        return webhooks.GeminiWebhooks(gate, inbox, context.telemetry, self._clock, limits=limits)


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready, and leaves signals to the service."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_started()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # any context manager will do
        """Nothing: the service decides when to stop."""
        return nullcontext()


def _uvicorn_config(application: App, http: HttpProtocol, telemetry: Telemetry) -> uvicorn.Config:
    patience = Patience(http.header_timeout.total_seconds(), http.max_connections)
    return uvicorn.Config(
        application,
        http=patient_protocol(patience, telemetry),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=http.idle_timeout.total_seconds(),  # type: ignore[arg-type]  # a float does as well
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _stop_when(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True
