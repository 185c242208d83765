"""Every encoding of a body, and bombs in each."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from support.collector import RunningCollector, config_for
from support.otlp import payload_of

from gemledger_collector.errors import CollectorError, Rejected, TooLarge
from gemledger_collector.receivers.compression import decompress


def zstd(plain: bytes) -> bytes:
    """One zstd frame."""
    packed: bytes = pa.Codec("zstd").compress(plain, asbytes=True)
    return packed


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd,
}


@pytest.mark.parametrize("encoding", PACK)
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, encoding: str) -> None:
    """413, and the next request is served."""
    limits = {"max_decompressed_bytes": "1MiB"}
    with RunningCollector(config_for(tmp_path / "x.duckdb", http=limits)) as collector:
        header = {"Content-Encoding": encoding}
        assert collector.send(PACK[encoding](bytes(50 * 2**20)), **header).status_code == 413
        assert collector.send(PACK[encoding](payload_of(1)), **header).status_code == 200
        assert collector.select("select count(*) from calls") == [[1]]


@pytest.mark.parametrize("encoding", PACK)
def test_a_bomb_takes_no_more_memory_than_the_limit(encoding: str) -> None:
    """In one piece, and in a hundred that are each below the limit."""
    for bomb in (PACK[encoding](bytes(100 * 2**20)), PACK[encoding](bytes(2**20 - 1)) * 90):
        tracemalloc.start()
        with pytest.raises(TooLarge):
            decompress(bomb, encoding, 2**20)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", PACK)
def test_a_broken_body_leaves_nothing_in_memory(encoding: str) -> None:
    """Neither what was unpacked of it so far, nor the room that was set aside for the rest."""
    cut = PACK[encoding](random.Random(1).randbytes(2**20))[:-100]
    tracemalloc.start()
    arrow = pa.total_allocated_bytes()
    for _ in range(20):
        with pytest.raises(Rejected):
            decompress(cut, encoding, 2**22)
    assert tracemalloc.get_traced_memory()[0] < 2**20
    assert pa.total_allocated_bytes() == arrow
    tracemalloc.stop()


@pytest.mark.parametrize("encoding", PACK)
def test_several_members_are_one_body(encoding: str) -> None:
    """As RFC 1952 and RFC 8878 have it."""
    packed = PACK[encoding](b"ab") + PACK[encoding](b"") + PACK[encoding](b"c")
    assert decompress(packed, encoding, 3) == b"abc"
    with pytest.raises(TooLarge):
        decompress(packed, encoding, 2)


def test_thousands_of_empty_members_are_refused() -> None:
    """Each would cost a copy of all that follows."""
    with pytest.raises(Rejected, match="more than 100 members"):
        decompress(gzip.compress(b"") * 5000, "gzip", 2**20)


@pytest.mark.parametrize("encoding", PACK)
def test_what_is_cut_or_no_such_thing_is_refused(encoding: str) -> None:
    """Every prefix of a compressed body, and bytes that were never compressed."""
    whole = PACK[encoding](payload_of(1))
    for cut in [*range(1, len(whole), 40), len(whole) - 1]:
        with pytest.raises(CollectorError, match=r"cut off|is not"):
            decompress(whole[:cut], encoding, 2**20)
    with pytest.raises(Rejected, match="is not"):
        decompress(b"plain text", encoding, 2**20)
    assert decompress(b"", encoding, 10) == b""
