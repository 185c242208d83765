"""File search: what is put into a store is embedded, and billed by tokens that no answer tells.

So they are estimated, at four bytes a token, from the size of what was uploaded: of a file of the app's own, or of one
that this process uploaded or looked at before it is imported. A size that nobody knows leaves the call without a price.
Searching is billed with the answer that searched, stores and storage are free.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gemledger import semconv
from gemledger.remembered import Remembered
from gemledger.surfaces.one_exchange import Answered, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface
from gemledger.surfaces.watched import wrap_watched, wrap_watched_async

STORES, FILES = "google.genai.file_search_stores", "google.genai.files"
_OPERATION = "file_search_index"
_BYTES_PER_TOKEN = 4
_DEFAULT_MODEL = "gemini-embedding-001"
"""What a store embeds with that was made without a word about it; $0.15 a million is what Google says of indexing."""

_MODELS: Remembered[str] = Remembered()
"""Store → model it embeds with, where this process made the store or looked at it."""
_SIZES: Remembered[int] = Remembered(10_000)
"""Uploaded file → bytes."""


class Indexed(Answered):
    """The answer to a request that puts a document into a store."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401, ARG002 - an operation, which tells nothing of its bill
        """Estimate the tokens from the size."""
        given = self.given
        self.told = {semconv.FILE_SEARCH_STORE: str(given.get("file_search_store_name") or "")}
        size = _size_after(given)
        if size is None:
            return
        self.told[semconv.INDEXED_BYTES] = size
        self.metadata = SimpleNamespace(prompt_token_count=-(-size // _BYTES_PER_TOKEN))
        self.doubts = ("tokens_estimated",)


def _size_after(given: Mapping[str, Any]) -> int | None:
    """Bytes that were sent, the request being over; None where nobody knows.

    Of an open file it is how far it has been read since: nothing of it is moved for our sake.
    """
    if given["size"] is not None:
        size: int = given["size"]
        return size
    if given["offset"] is not None:
        read = given["file"].tell() - given["offset"]
        return read if type(read) is int and read >= 0 else None
    return _SIZES.get(str(given.get("file_name") or ""))


def _putting(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments, with what the file's size is found by, and the model of the store."""
    file, size, offset = kwargs.get("file"), None, None
    try:
        if isinstance(file, str | os.PathLike):
            size = Path(file).stat().st_size
        elif file is not None:
            offset = file.tell()
    except Exception:  # noqa: BLE001 - a file of the app's own making; without a size there is no price
        size = offset = None
    store = str(kwargs.get("file_search_store_name") or "")
    model = _MODELS.get(store) or _DEFAULT_MODEL
    return {**kwargs, "model": model, "size": size, "offset": offset}


def _note_store(store: Any) -> None:  # noqa: ANN401 - a FileSearchStore
    model = getattr(store, "embedding_model", None)
    if store.name and model:
        _MODELS.keep(store.name, model)


def _note_file(file: Any) -> None:  # noqa: ANN401 - a File
    if file.name and type(file.size_bytes) is int:
        _SIZES.keep(file.name, file.size_bytes)


def _surfaces() -> Iterator[Surface]:
    for prefix, wrapped, watched in (
        ("", wrap_one, wrap_watched),
        ("Async", wrap_one_async, wrap_watched_async),
    ):
        stores, files = f"{prefix}FileSearchStores", f"{prefix}Files"
        for method in ("upload_to_file_search_store", "import_file"):
            indexed = wrapped(_OPERATION, Indexed, arguments=_putting)
            yield Surface(STORES, stores, method, indexed, since="3.4")
        for method in ("create", "get"):
            yield Surface(STORES, stores, method, watched(_note_store), since="3.4")
        for method in ("upload", "get"):
            yield Surface(FILES, files, method, watched(_note_file), since="3.4")


SURFACES = tuple(_surfaces())
