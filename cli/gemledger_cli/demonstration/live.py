"""Live traffic: planned calls made one after another through the real SDK, instrumented like any app's."""

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import gemledger
from gemledger_cli.demonstration.backfill import attribution
from gemledger_simulator.planned import PlannedCall

if TYPE_CHECKING:
    from google import genai


class LiveTraffic(threading.Thread):
    """A small app: it makes each planned call when its time has come, until it is told to stop."""

    def __init__(self, calls: Iterable[PlannedCall], simulator_url: str) -> None:
        super().__init__(name="live-traffic", daemon=True)
        self._calls = calls
        self._simulator_url = simulator_url
        self._stopped = threading.Event()
        self.made = 0
        self.failed = 0

    def run(self) -> None:
        """Make calls; an error of the API is what some calls answer with, and is counted."""
        from google import genai  # noqa: PLC0415 - a second of import that the parts' start hides
        from google.genai import errors, types  # noqa: PLC0415

        client = genai.Client(
            api_key="demo", http_options=types.HttpOptions(base_url=self._simulator_url)
        )
        for planned in self._calls:
            if self._stopped.wait(max(0.0, (planned.at_unix_nano - time.time_ns()) / 1e9)):
                break
            self.made += 1
            try:
                self._make(client, planned)
            except errors.APIError:
                self.failed += 1
        client.close()

    def stop(self) -> None:
        """End after the call under way."""
        self._stopped.set()
        self.join()

    def _make(self, client: "genai.Client", planned: PlannedCall) -> None:
        arguments: dict[str, Any] = {
            "model": planned.model,
            "contents": planned.contents,
            "config": planned.config(),
        }
        with gemledger.attribution(**attribution(planned)):
            if planned.stream:
                for _ in client.models.generate_content_stream(**arguments):
                    pass
            else:
                client.models.generate_content(**arguments)
