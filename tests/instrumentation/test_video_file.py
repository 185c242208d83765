"""What an MP4 file says of itself; whatever bytes come, nothing is raised, and nothing is made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger.surfaces.video_file import Measured, measured
from gemledger_simulator import mp4


@pytest.mark.parametrize(
    ("seconds", "width", "height", "resolution"),
    [
        (8, 1280, 720, "720p"),
        (6, 1080, 1920, "1080p"),
        (4, 3840, 2160, "4k"),
        (5, 640, 360, "360p"),
    ],
)
def test_length_and_resolution_are_read_from_the_head(
    seconds: int, width: int, height: int, resolution: str
) -> None:
    """Upright videos are named by their shorter side, too."""
    assert measured(mp4.header(seconds, width, height)) == Measured(seconds, resolution)


@pytest.mark.parametrize("nothing", [None, b"", b"GIF89a", "text", mp4.header(0, 1280, 720)])
def test_what_is_no_video_is_not_measured(nothing: object) -> None:
    """Nor is one of no length."""
    assert measured(nothing) is None


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_survived(data: bytes) -> None:
    """They come over the wire."""
    assert measured(data) is None or isinstance(measured(data), Measured)


@given(st.data())
def test_a_broken_head_is_survived(data: st.DataObject) -> None:
    """Cut anywhere, or with any byte changed."""
    whole = bytearray(mp4.header(8, 1280, 720))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])

    assert measured(cut) is None or isinstance(measured(cut), Measured)
