"""Every case is played twice, without us and with us, and both times the app and Google must see the same."""

import inspect
import itertools
import json
import ssl
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from conformance.bills import Bill
from conformance.observed import plain
from google import genai
from google.genai import types
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler
from support.gemini import Json

from gemledger.instrumentor import GeminiInstrumentor

AT = 1_795_176_000_000_000_000
"""2026-11-20T12:00:00Z: the day on which every call of this suite is made, and priced."""

_TLS = ssl.create_default_context()
"""Nothing here is encrypted, but left to itself each client reads the machine's certificates, for 30 ms."""

Log = list[Any]
"""What the app saw, in order: each act writes its own."""
Act = Callable[[genai.Client, Log], Awaitable[None] | None]
"""What an app does. An exception that leaves it is part of what the app saw."""


class Recorded:
    """The spans of one play, in the order they ended, and what the app and the server saw."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.log: Log = []
        self.error: BaseException | None = None
        self.asked: Sequence[Json] = ()

    @property
    def spans(self) -> list[ReadableSpan]:
        """Our spans, not the app's own."""
        finished = self.exporter.get_finished_spans()
        return [
            s
            for s in finished
            if s.instrumentation_scope and s.instrumentation_scope.name == "gemledger"
        ]

    @property
    def span(self) -> ReadableSpan:
        """The only one."""
        (span,) = self.spans
        return span

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of the only span."""
        (attributes,) = self.every
        return attributes

    @property
    def every(self) -> list[dict[str, Any]]:
        """Attributes of all spans."""
        return [dict(span.attributes or {}) for span in self.spans]

    def sum(self, attribute: str) -> int:
        """An attribute added over all spans."""
        return sum(attributes.get(attribute, 0) for attributes in self.every)

    @property
    def bill(self) -> Bill:
        """What all spans say together; status and reasons are those of the last."""
        priced = any("gemledger.cost.pico_usd" in attributes for attributes in self.every)
        return Bill(
            input=self.sum("gen_ai.usage.input_tokens"),
            output=self.sum("gen_ai.usage.output_tokens"),
            cached=self.sum("gen_ai.usage.cache_read.input_tokens"),
            thoughts=self.sum("gen_ai.usage.reasoning.output_tokens"),
            tool_use=self.sum("gemledger.usage.tool_use.input_tokens"),
            pico_usd=self.sum("gemledger.cost.pico_usd") if priced else None,
            status=self.every[-1]["gemledger.cost.status"],
            reasons=self.every[-1].get("gemledger.cost.reasons", ()),
        )


@contextmanager
def instrumented(recorded: Recorded) -> Iterator[None]:
    """While this lasts, the SDK is instrumented and the clock stands on the suite's day."""
    ticks = itertools.count(AT, 1_000)
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=lambda: next(ticks))
    try:
        yield
    finally:
        GeminiInstrumentor().uninstrument()


class Stage:
    """Plays cases against one simulator."""

    def __init__(self, simulator_url: str) -> None:
        self._url = simulator_url

    async def compare(
        self, act: Act, *steps: Json, sampler: Sampler | None = None, **options: Any
    ) -> Recorded:
        """Let the app act without us and with us, and assert that neither it nor the server can tell the difference.

        ``steps`` answer one request each (see `gemledger_simulator.scripted`); ``options`` are the client's. Returns
        what was recorded with us.
        """
        bare, ours = Recorded(), Recorded(sampler)
        await self.perform(act, bare, *steps, **options)
        with instrumented(ours):
            await self.perform(act, ours, *steps, **options)
        assert [plain(seen) for seen in ours.log] == [plain(seen) for seen in bare.log]
        assert plain(ours.error) == plain(bare.error) if bare.error else ours.error is None
        assert _told(ours.asked) == _told(bare.asked)
        return ours

    async def perform(self, act: Act, into: Recorded, *steps: Json, **options: Any) -> None:
        """One run of the app, with a client of its own."""
        script_id = uuid4().hex
        headers = {
            "x-simulator-script": json.dumps(steps),
            "x-simulator-script-id": script_id,
        }
        client = self.client(headers=headers, **options)
        try:
            done = act(client, into.log)
            if inspect.isawaitable(done):
                await done
        except BaseException as error:  # noqa: BLE001 - cancellation included: what the app sees is what is compared
            into.error = error
        finally:
            await close(client)
        into.asked = self._asked(script_id)

    def client(self, headers: dict[str, str], **options: Any) -> genai.Client:
        """A client of the simulator; ``http_options`` and everything else as for ``genai.Client``."""
        http = types.HttpOptions(
            **{
                "base_url": self._url,
                "headers": headers,
                "client_args": {"verify": _TLS},
                "async_client_args": {"verify": _TLS, "ssl": _TLS},
                **options.pop("http_options", {}),
            }
        )
        options = options or {"api_key": "conformance"}
        return genai.Client(http_options=http, **options)

    def _asked(self, script_id: str) -> Sequence[Json]:
        with urllib.request.urlopen(f"{self._url}/simulator/scripts/{script_id}") as answer:
            asked: list[Json] = json.load(answer)["requests"]
        return asked


async def close(client: genai.Client) -> None:
    """Close both sides of a client; the oldest SDKs have no method for it."""
    if hasattr(client.aio, "aclose"):
        await client.aio.aclose()
    else:
        client_of_old: Any = client._api_client
        await client_of_old._async_httpx_client.aclose()
    if hasattr(client, "close"):
        client.close()
    else:
        client_of_old = client._api_client
        client_of_old._httpx_client.close()


def _told(asked: Sequence[Json]) -> list[Json]:
    """Requests as the server saw them, without what differs from run to run."""
    return [
        request
        | {"headers": {n: v for n, v in request["headers"].items() if n != "x-simulator-script-id"}}
        for request in asked
    ]
