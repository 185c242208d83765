"""Files as Google keeps them: those that apps upload, and those that jobs leave behind."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from .fields import Json

_KEPT_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file. ``generated`` ones may be downloaded, uploaded ones may not, as at Google's."""

    name: str
    data: bytes
    mime_type: str
    created_unix_nano: int
    display_name: str = ""
    generated: bool = False

    def as_json(self, base_url: str) -> Json:
        """The file's description, as the API gives it."""
        created = datetime.fromtimestamp(self.created_unix_nano / 1e9, UTC)
        uri = f"{base_url}v1beta/{self.name}"
        described: Json = {
            "name": self.name,
            "mimeType": self.mime_type,
            "sizeBytes": str(len(self.data)),
            "createTime": stamp(created),
            "updateTime": stamp(created),
            "expirationTime": stamp(created + _KEPT_FOR),
            "sha256Hash": base64.b64encode(hashlib.sha256(self.data).digest()).decode(),
            "uri": uri,
            "state": "ACTIVE",
            "source": "GENERATED" if self.generated else "UPLOADED",
        }
        if self.display_name:
            described["displayName"] = self.display_name
        if self.generated:
            described["downloadUri"] = f"{uri}:download?alt=media"
        return described


class FileStore:
    """Every file by its name. Thread-safe."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._lock = Lock()

    def put(self, file: StoredFile) -> StoredFile:
        """Keep a file."""
        with self._lock:
            self._files[file.name] = file
        return file

    def get(self, name: str) -> StoredFile | None:
        """The file of this name, such as ``files/abc``; None where there is none."""
        return self._files.get(name)

    def remove(self, name: str) -> bool:
        """Whether there was such a file; there is none any more."""
        with self._lock:
            return self._files.pop(name, None) is not None

    def newest_first(self) -> list[StoredFile]:
        """All files."""
        with self._lock:
            return list(reversed(self._files.values()))


def new_name(kind: str = "files/") -> str:
    """A name that nothing had before, in this run or any other: tests and demos share stores."""
    return kind + secrets.token_hex(10)


def stamp(moment: datetime) -> str:
    """A time as Google's JSON has it."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
