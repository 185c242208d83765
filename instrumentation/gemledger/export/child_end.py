"""The ends of processes that run no atexit handler: children of multiprocessing and of Celery's prefork pool."""

import logging
import sys
from collections.abc import Callable
from typing import Any

_logger = logging.getLogger("gemledger")


def before_end_of_child(errand: Callable[[], object]) -> None:
    """Have the errand run before this process ends, where it is such a child; called in the child, after the fork.

    A process that ends by os._exit without such a farewell, as a job of RQ does, has to call ``gemledger.flush()``.
    """
    try:
        _with_multiprocessing(errand)
        _with_celery(errand)
    except Exception:
        _logger.warning("cannot see to the end of this child process", exc_info=True)


def _with_multiprocessing(errand: Callable[[], object]) -> None:
    process: Any = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415 - loaded, in such a child

        Finalize(None, errand, exitpriority=10)  # after those of ours that still end spans


def _with_celery(errand: Callable[[], object]) -> None:
    """Its signal is sent in workers alone; their end is otherwise an os._exit, or a SIGTERM that nobody handles."""
    signals: Any = sys.modules.get("celery.signals")
    if signals is not None:
        signals.worker_process_shutdown.connect(
            lambda **_: errand(), weak=False, dispatch_uid="gemledger"
        )
