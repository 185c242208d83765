"""Fixtures that every part's tests share."""

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from hypothesis import settings
from support.processes import CollectorProcess

from gemledger_cli.addresses import free_port

if TYPE_CHECKING:
    from support.sharing import Together

# A slow machine is no failure. All else is hypothesis's own: in CI the same examples every time, at home new ones.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "Together | None":
    """Under `--dist loadgroup`, what shares something costly runs in one worker."""
    if config.getoption("dist") != "loadgroup":
        return None
    from support.sharing import Together  # noqa: PLC0415 - only where there is xdist

    return Together(config, log)


def pytest_collection_finish() -> None:
    """Let who asks for a collection of garbage, as tests of streams do, not have all modules looked through: 0.3 s."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let Python end as it does elsewhere."""
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def _few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let clients know one authority of the world's 140: each of them reads all again, for 20 ms, and none is asked."""
    pem = Path(certifi.where()).read_text()
    end = "-----END CERTIFICATE-----\n"
    few = tmp_path_factory.mktemp("authorities") / "one.pem"
    few.write_text(pem[pem.index("-----BEGIN") : pem.index(end)] + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(few))
        patch.setenv("SSL_CERT_FILE", str(few))  # of child processes, and of whoever asks OpenSSL
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; skips, saying so, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA}: these files are not part of the project")
    return SHARED_DATA


_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep what the developer's own shell exports for OpenTelemetry and Gemini out of the tests.

    Every test has a spool of its own: what one leaves unsent, none that gets the same port may send.
    """
    for name in list(os.environ):
        if name.startswith(("OTEL_", "GEMLEDGER_", "GEMINI_", "GOOGLE_")):
            monkeypatch.delenv(name)
    spool = tmp_path_factory.getbasetemp() / f"spool-{next(_NUMBERS)}"  # made by whoever spools
    monkeypatch.setenv("GEMLEDGER_SPOOL_DIR", str(spool))


@pytest.fixture
def start_collector(tmp_path: Path) -> Iterator[Callable[..., CollectorProcess]]:
    """Start collectors, each with the given ``extensions`` YAML; all end with the test."""
    running: list[CollectorProcess] = []

    def start(extensions: str = "") -> CollectorProcess:
        port = free_port()
        config = tmp_path / f"collector-{port}.yaml"
        config.write_text(
            f"receivers:\n  otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}, grpc: {{enabled: false}}}}}}\n"
            f"exporters:\n  duckdb: {{path: {tmp_path}/{port}.duckdb}}\n{extensions}"
        )
        collector = CollectorProcess(f"http://127.0.0.1:{port}", config)
        running.append(collector)
        collector.start()
        return collector

    yield start
    for collector in running:
        collector.stop()
