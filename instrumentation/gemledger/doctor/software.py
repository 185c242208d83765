"""What is installed: the SDK and its patch points, other instrumentations of it, legacy libraries."""

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from opentelemetry.trace import NoOpTracerProvider

from gemledger.doctor.finding import FAILED, OK, WARNING, Finding
from gemledger.legacy import LEGACY_MODULES
from gemledger.patching import PATCHING
from gemledger.surfaces import SURFACES

_SDK = "google-genai"
_DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"

_RIVALS = {
    "opentelemetry-instrumentation-google-genai": (
        "google-genai",
        "the official instrumentation (it does nothing on google-genai 3 and newer)",
    ),
    "openinference-instrumentation-google-genai": ("google_genai", "OpenInference"),
    "opentelemetry-instrumentation-google-generativeai": ("google_generativeai", "OpenLLMetry"),
    "openlit": ("", "OpenLIT"),
}
"""Distribution → its name for OTEL_PYTHON_DISABLED_INSTRUMENTATIONS, and whose it is."""


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything about installed packages."""
    yield Finding(
        "gemledger",
        OK,
        f"gemledger {installed('gemledger') or '(not installed)'}, Python {sys.version.split()[0]} at {sys.executable}",
    )
    yield from _disabled(environ)
    sdk = installed(_SDK)
    if sdk is None:
        yield Finding(
            "sdk",
            FAILED,
            f"google-genai is not installed for {sys.executable}",
            "pip install google-genai, or run the doctor with the Python that runs your app",
        )
    else:
        yield Finding("sdk", OK, f"google-genai {sdk}")
        yield from _patch_points(sdk)
    yield from _rivals(environ)
    yield from _legacy()


def installed(distribution: str) -> str | None:
    """The version of a distribution, or None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _disabled(environ: Mapping[str, str]) -> Iterator[Finding]:
    """`opentelemetry-instrument` leaves out what this variable names."""
    if not {"gemledger", "*"}.isdisjoint(_names(environ)):
        yield Finding(
            "gemledger",
            WARNING,
            f"{_DISABLED} turns gemledger off under `opentelemetry-instrument`",
            f"take gemledger out of {_DISABLED}, or call gemledger.instrument() in the app",
        )


def _names(environ: Mapping[str, str]) -> frozenset[str]:
    """The instrumentations that are turned off."""
    return frozenset(name.strip() for name in environ.get(_DISABLED, "").split(",") if name.strip())


def _patch_points(sdk: str) -> Iterator[Finding]:
    """Patch as an app would, look, and take it back; in an app that is instrumented, only look."""
    try:
        import google.genai.models  # noqa: F401, PLC0415 - a second of time, and only now it is sure to be there
    except Exception as error:  # noqa: BLE001 - whatever a broken installation raises
        yield Finding(
            "patches",
            FAILED,
            f"google-genai {sdk} cannot be imported: {type(error).__name__}: {error}",
            "reinstall it: pip install --force-reinstall google-genai",
        )
        return
    looked_at_own = not PATCHING.enabled
    if looked_at_own:
        PATCHING.enable(NoOpTracerProvider())
    try:
        yield from _judged(sdk, PATCHING.patched, PATCHING.missing)
    finally:
        if looked_at_own:
            PATCHING.disable()


_IN_EVERY_SDK = frozenset(str(surface) for surface in SURFACES if surface.since is None)
"""What newer ones have besides does not make up for these."""


def _judged(sdk: str, patched: tuple[str, ...], missing: tuple[str, ...]) -> Iterator[Finding]:
    """What it means that these are patched, and those are not there."""
    total = len(patched) + len(missing)
    if not any(_is_public(name) for name in _IN_EVERY_SDK.intersection(patched)):
        yield Finding(
            "patches",
            FAILED,
            f"no method of google-genai {sdk} could be patched: no call is recorded",
            "use google-genai 1.32 or newer; if it is, report this with its version",
        )
    elif missing:
        yield Finding(
            "patches",
            WARNING,
            f"{len(patched)} of {total} methods patched; this google-genai has no {', '.join(missing)}: "
            "calls through them are recorded in less detail or not at all",
            "nothing, if you do not call them; else use a newer google-genai or a newer gemledger",
        )
    else:
        yield Finding("patches", OK, f"all {total} methods patched")


def _is_public(name: str) -> bool:
    """Whether a developer calls this method: without it there is no span at all."""
    return not name.rpartition(".")[2].startswith("_")


def _rivals(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Other instrumentations of google-genai: each makes a span of its own for the same call."""
    disabled = _names(environ)
    for distribution, (name, whose) in _RIVALS.items():
        found = installed(distribution)
        if found is None or name in disabled or "*" in disabled:
            continue
        remedy = f"do not enable it; under `opentelemetry-instrument`: {_DISABLED}={name}"
        yield Finding(
            "others",
            WARNING,
            f"{distribution} {found} is installed, {whose}: where both are enabled each call has two spans; "
            "gemledger's collector bills it once, other backends show it twice",
            remedy
            if name
            else "turn its google-genai part off: openlit.init(disabled_instrumentors=[…])",
        )


def _legacy() -> Iterator[Finding]:
    """The SDKs before google-genai, which nobody records any more."""
    for module, distribution in LEGACY_MODULES.items():
        found = installed(distribution)
        if module in sys.modules:
            says = f"{module} is imported here: what is spent through it appears nowhere"
        elif found is not None:
            says = (
                f"{distribution} {found} is installed: calls through its {module} are not recorded"
            )
        else:
            continue
        yield Finding(
            "legacy",
            WARNING,
            says,
            "move to google-genai: https://ai.google.dev/gemini-api/docs/migrate; nothing, if the app does not use it",
        )
