"""Spans that go on arriving: a process that sends them, so that it takes no turns from what is measured."""

import asyncio
import gzip
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from otlp_load import Load, bodies
from senders import send_http

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

BATCH = 500
HOUR_SECONDS = 3_600


@contextmanager
def arriving(port: int, per_second: int) -> Iterator["Synchronized[int]"]:
    """So many spans a second come in while the block runs, for an hour at most; gives how many did so far."""
    context = multiprocessing.get_context("spawn")
    sent = context.Value("q", 0)
    sender = context.Process(target=_send, args=(port, per_second, sent), daemon=True)
    sender.start()
    try:
        yield sent
    finally:
        sender.terminate()
        sender.join()


def _send(port: int, per_second: int, sent: "Synchronized[int]") -> None:
    load = Load(per_second * HOUR_SECONDS, BATCH, 1)
    started = time.monotonic()
    for body in bodies(load, time.time_ns()):
        time.sleep(max(0.0, started + sent.value / per_second - time.monotonic()))
        asyncio.run(send_http(port, [gzip.compress(body, 1)], 1))
        sent.value += BATCH
