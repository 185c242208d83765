"""A whole collector in this process, on a free port, asked over real HTTP."""

import asyncio
import gzip
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from support.blank import put_blank

from gemledger_collector.config import Config
from gemledger_collector.service import Ready, Service

PROTOBUF = {"Content-Type": "application/x-protobuf"}


def config_for(path: Path, **changes: Any) -> Config:
    """Defaults, but for a free port and a file of the test's own; ``changes`` are whole sections.

    Nothing is too old to be kept: what tests send has a fixed date.
    """
    http = {"endpoint": "127.0.0.1:0", **changes.pop("http", {})}
    grpc = {"enabled": False, "endpoint": "127.0.0.1:0", **changes.pop("grpc", {})}
    otlp = {"protocols": {"http": http, "grpc": grpc}, **changes.pop("otlp", {})}
    retention = {"spans": None, "contents": None, "evaluations": None}
    duckdb = {"path": str(path), "retention": retention}
    document = {"receivers": {"otlp": otlp}, "exporters": {"duckdb": duckdb}}
    return Config.model_validate(document | changes)


class RunningCollector:
    """A collector that runs while the block does."""

    def __init__(self, config: Config, clock: Callable[[], int] = time.time_ns) -> None:
        self.config = config
        self._clock = clock
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._service: Service | None = None
        self.url = ""
        self.grpc_address: str | None = None
        self.load: Callable[[], Config] = lambda: self.config
        """What reads the configuration again."""

    def __enter__(self) -> Self:
        put_blank(Path(self.config.exporters.duckdb.path))
        self._thread.start()
        assert self._ready.wait(20), "the collector did not become ready"
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.http.close()
        self.stop()

    def stop(self) -> None:
        """Take it down as SIGTERM would."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def send(self, payload: bytes, **headers: str) -> httpx.Response:
        """POST one export request."""
        return self.http.post("/v1/traces", content=payload, headers=PROTOBUF | headers)

    def send_gzipped(self, payload: bytes) -> httpx.Response:
        """POST one export request as exporters do."""
        return self.send(gzip.compress(payload), **{"Content-Encoding": "gzip"})

    def select(self, sql: str) -> list[list[Any]]:
        """Rows of a SELECT, asked over the API."""
        answer = self.http.post("/api/v1/query", json={"sql": sql})
        assert answer.status_code == 200, answer.text
        rows: list[list[Any]] = answer.json()["rows"]
        return rows

    def get(self, path: str, **parameters: Any) -> Any:
        """JSON of a GET."""
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metric(self, name: str) -> float:
        """A metric's value by its full name and labels, 0 where it has none yet."""
        for line in self.http.get("/metrics").text.splitlines():
            if line.rpartition(" ")[0] == name:
                return float(line.rpartition(" ")[2])
        return 0.0

    def read_again(self, config: Config) -> None:
        """Let it read this configuration as after SIGHUP, and wait until it has."""
        assert self._loop is not None
        assert self._service is not None
        assert self._service.reloading is not None
        self.config = config
        asyncio.run_coroutine_threadsafe(self._service.reloading.once(), self._loop).result(20)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._service = Service(self.config, clock=self._clock, load=self._read)
        await self._service.run(self._stop, on_ready=self._announce)

    def _read(self) -> Config:
        return self.load()

    def _announce(self, ready: Ready) -> None:
        self.url, self.grpc_address = ready.url, ready.grpc_address
        self._ready.set()
