"""The collector's own fetches, where Gemini takes its time."""

import json
import socket
import time
from pathlib import Path

from support.collector import RunningCollector, config_for
from support.webhooks import event, secret_of, signed

SECRET = secret_of("mine")


def test_a_gemini_that_never_answers_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """Told to stop in the middle of a fetch, the collector ends; the next run finds the job waiting."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        webhooks = {"secrets": [SECRET], "fetch": {"api_key": "k", "base_url": base_url}}
        path = tmp_path / "ledger.duckdb"
        config = config_for(path, extensions={"settle": {"webhooks": webhooks}})
        with RunningCollector(config) as collector:
            body = json.dumps(event()).encode()
            headers = signed(SECRET, "msg_1", int(time.time()), body)
            assert collector.http.post("/webhooks/gemini", content=body, headers=headers).is_success
            silent.settimeout(30)
            connection, _ = silent.accept()
            began = time.monotonic()
        assert time.monotonic() - began < 15
        connection.close()
    with RunningCollector(config_for(path)) as collector:
        (told,) = collector.get("/api/v1/webhooks")["events"]
        assert (told["job"], told["state"], told["attempts"]) == ("batches/b1", "pending", 0)
