"""gemledger beside every other instrumentation of google-genai that can be installed: µs a call and a chunk.

``make bench`` builds the environment of the rivals (``rivals.txt``) and runs this in it. Each rival has a process of
its own, in which it, gemledger and the bare SDK take turns: some of them cannot be taken back, and two are built on the
same instrumentor. They are enabled as their documentation says, content off, with what they need to work here at all.
"""

import asyncio
import importlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple

import google.genai.chats
import google.genai.models
from canned import canned
from contenders import FLOOR, GEMLEDGER, Contender
from google.genai import _api_client
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from overhead import Workload, measure, workloads

_PATCHED = (google.genai.models, google.genai.chats, _api_client)
"""Modules whose classes the rivals replace methods of."""
MEASURED = ("unary", "unary, async", "stream of 100 chunks")


class Switch:
    """Turns a rival on and off by the methods it replaced: not all have a way back."""

    def __init__(self, enable: Callable[[TracerProvider], object]) -> None:
        self._enable = enable
        self._changed: list[tuple[type, str, Any, Any]] | None = None

    def on(self, provider: TracerProvider) -> None:
        """Its methods in place; the first time it makes them, bound to that provider for good."""
        if self._changed is None:
            before = _methods()
            self._enable(provider)
            self._changed = [
                (owner, name, before[owner, name], method)
                for (owner, name), method in _methods().items()
                if before.get((owner, name), method) is not method
            ]
            if not self._changed:
                raise RuntimeError("replaced nothing on this google-genai")
        for owner, name, _, method in self._changed:
            setattr(owner, name, method)

    def off(self) -> None:
        """The SDK's own."""
        for owner, name, original, _ in self._changed or ():
            setattr(owner, name, original)


def _methods() -> dict[tuple[type, str], Any]:
    """Every method that a rival may replace."""
    return {
        (owner, name): value
        for module in _PATCHED
        for owner in vars(module).values()
        if isinstance(owner, type) and owner.__module__.startswith("google.genai")
        for name, value in vars(owner).items()
        if callable(value)
    }


def _load(module: str, name: str) -> Any:  # noqa: ANN401 - rivals have no types here
    """Something of a package that only the rivals' environment has."""
    return getattr(importlib.import_module(module), name)


def _contrib(provider: TracerProvider) -> None:
    # As shipped it refuses google-genai 3 and records nothing.
    instrumentor = _load(CONTRIB, "GoogleGenAiSdkInstrumentor")
    instrumentor().instrument(tracer_provider=provider, skip_dep_check=True)


def _openinference(provider: TracerProvider) -> None:
    _load(OPENINFERENCE, "GoogleGenAIInstrumentor")().instrument(tracer_provider=provider)


def _traceloop(provider: TracerProvider) -> None:
    _load(TRACELOOP, "GoogleGenerativeAiInstrumentor")().instrument(tracer_provider=provider)


def _openlit(provider: TracerProvider) -> None:
    trace.set_tracer_provider(provider)
    known = _load("openlit._instrumentors", "MODULE_NAME_MAP")
    prices = {"chat": {"gemini-2.5-flash": {"promptPrice": 0.0003, "completionPrice": 0.0025}}}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # else it fetches one
        json.dump(prices, file)
        file.flush()
        _load("openlit", "init")(
            disable_metrics=True,
            capture_message_content=False,
            pricing_json=file.name,
            disabled_instrumentors=[name for name in known if name != "google-ai-studio"],
        )


def _logfire(_provider: TracerProvider) -> None:
    _load("logfire", "configure")(  # it insists on a provider of its own
        send_to_logfire=False,
        console=False,
        inspect_arguments=False,
        additional_span_processors=[SpanProcessor()],
    )
    _load("logfire", "instrument_google_genai")(skip_dep_check=True)


CONTRIB = "opentelemetry.instrumentation.google_genai"
OPENINFERENCE = "openinference.instrumentation.google_genai"
TRACELOOP = "opentelemetry.instrumentation.google_generativeai"


class Rival(NamedTuple):
    """A name, the module it needs, and how it is enabled."""

    name: str
    module: str
    enable: Callable[[TracerProvider], object]

    @property
    def installed(self) -> bool:
        """Whether it can be measured here."""
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


RIVALS = (
    Rival("Traceloop", TRACELOOP, _traceloop),
    Rival("OpenTelemetry contrib", CONTRIB, _contrib),
    Rival("OpenLIT", "openlit", _openlit),
    Rival("Logfire", "logfire", _logfire),
    Rival("OpenInference", OPENINFERENCE, _openinference),
)


def measure_rival(rival: Rival) -> dict[str, dict[str, list[float]]]:
    """Workload → contender → [µs added, ratio to the bare SDK]; the rival beside the floor and gemledger."""
    canned()
    switch = Switch(rival.enable)
    contenders = [FLOOR, GEMLEDGER, Contender(rival.name, switch.on, switch.off)]
    every = {workload.name: workload for workload in workloads(asyncio.new_event_loop())}

    def of(workload: Workload) -> dict[str, list[float]]:
        found = measure(workload._replace(contenders=contenders))
        return {name: [figure.added_us, figure.ratio] for name, figure in found.items()}

    return {name: of(every[name]) for name in MEASURED}


def main() -> int:
    """Print the table; 1 if some rival adds less than gemledger, 3 if none is installed."""
    if len(sys.argv) > 1:
        print(json.dumps(measure_rival(next(each for each in RIVALS if each.name == sys.argv[1]))))
        return 0
    beaten = 0
    print(f"{'':24}" + "".join(f"{name:>28}" for name in MEASURED))
    installed = [rival for rival in RIVALS if rival.installed]
    for rival in installed:
        child = subprocess.run(
            [sys.executable, __file__, rival.name], capture_output=True, text=True, check=False
        )
        if child.returncode:
            print(f"{rival.name:24}could not be measured: {child.stderr.strip().splitlines()[-1]}")
            continue
        figures = json.loads(child.stdout.splitlines()[-1])
        for name in (rival.name, GEMLEDGER.name):
            row = [figures[workload][name] for workload in MEASURED]
            cells = "".join(f"{f'+{added:.1f} µs  x {ratio:.3f}':>28}" for added, ratio in row)
            print(f"{name if name == rival.name else '  gemledger, same run':24}{cells}")
        beaten += any(figures[w][rival.name][0] < figures[w][GEMLEDGER.name][0] for w in MEASURED)
    print(f"{len(installed)} of {len(RIVALS)} rivals installed; {beaten} add less than gemledger")
    return 3 if not installed else int(beaten > 0)


if __name__ == "__main__":
    sys.exit(main())
