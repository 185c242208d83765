"""Where spool files lie: one directory per user and collector, which nobody else can read."""

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from gemledger.export.spool import SUFFIX, SpoolFile

_logger = logging.getLogger("gemledger")

SPOOL_DIR = "GEMLEDGER_SPOOL_DIR"
MOST_ORPHANS = 8
"""Files of dead processes, in multiples of one file's size, that may wait: an app that keeps crashing fills no disk."""


def default_directory(environ: Mapping[str, str]) -> Path:
    """GEMLEDGER_SPOOL_DIR, else the state directory of the user, else the temporary directory."""
    if environ.get(SPOOL_DIR):
        return Path(environ[SPOOL_DIR])
    if environ.get("XDG_STATE_HOME"):
        return Path(environ["XDG_STATE_HOME"]) / "gemledger" / "spool"
    with contextlib.suppress(RuntimeError):  # a user without a home
        home = Path.home()
        if os.access(home, os.W_OK | os.X_OK):
            return home / ".local" / "state" / "gemledger" / "spool"
    return Path(tempfile.gettempdir()) / f"gemledger-{os.geteuid()}" / "spool"


def directory_for(url: str, base: Path) -> Path:
    """The directory for spans to this address, made if need be; OSError where it cannot be made or is not ours alone.

    Spans for one collector never reach another; the address stands there as a digest, for it may hold a secret.
    """
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    directory = base / f"{os.geteuid()}-{digest}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise PermissionError(f"{directory} belongs to somebody else")
    if stat.S_IMODE(status.st_mode) != 0o700:
        directory.chmod(0o700)
    return directory


def orphans(directory: Path, most_bytes: int) -> Iterator[SpoolFile]:
    """Adopt, one at a time, every file here whose process is gone; beyond so many bytes the oldest are dropped.

    What cannot be read is left alone, with a warning.
    """
    files = []
    for path in directory.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):  # somebody else was faster
            status = path.lstat()
            files.append((status.st_mtime_ns, status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        adopted = _adopt(path)
        if adopted is None:
            continue
        if total > most_bytes:
            total -= size
            adopted.drop_all()
            _logger.warning(
                "%s held more than %d bytes; dropped %d spans, the oldest",
                directory,
                most_bytes,
                adopted.evicted,
            )
            adopted.close()
        else:
            yield adopted


def _adopt(path: Path) -> SpoolFile | None:
    try:
        return SpoolFile.adopt(path)
    except FileNotFoundError:
        return None  # somebody else was faster
    except OSError as error:
        _logger.warning("cannot read the spool file %s: %s; it is left alone", path, error)
        return None


def holds_files(directory: Path) -> bool:
    """Whether there is any spool file, of a living process or a dead one."""
    return next(directory.glob(f"*{SUFFIX}"), None) is not None
