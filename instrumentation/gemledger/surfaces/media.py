"""Images, by the piece; and the room of videos, which are billed once they are made."""

from collections.abc import Iterator, Mapping
from typing import Any

from gemledger import semconv
from gemledger.attributes import field
from gemledger.surfaces import videos
from gemledger.surfaces.generate_content import MODELS
from gemledger.surfaces.one_exchange import Answered, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface


class Pictured(Answered):
    """An answer of images. What was withheld is free; where nothing else came back, so is the call."""

    __slots__ = ()

    @property
    def withheld(self) -> bool:
        """Whether every image was."""
        return "all_filtered" in self.doubts

    def read(self, response: Any) -> None:  # noqa: ANN401 - a GenerateImagesResponse or one like it
        """Count the images that are there."""
        images = [one for one in response.generated_images or () if not _is_about_the_prompt(one)]
        self._count([(one.image, one.rai_filtered_reason) for one in images])

    def _count(self, images: list[tuple[Any, Any]]) -> None:
        """Of each the image and why it was withheld. One with neither is a doubt: it may have been billed."""
        delivered = sum(_is_there(image) and not reason for image, reason in images)
        withheld = sum(bool(reason) for _, reason in images)
        doubtful = delivered + withheld < len(images)
        if withheld:
            self.told = {semconv.FILTERED: withheld}
        if delivered:
            self.quantities = {"image": delivered}
            self.resolution = str(field(self.request.config, "image_size") or "").lower()
            self.doubts = ("partial_usage",) if doubtful else ()
        elif not doubtful:
            self.doubts = ("all_filtered",)


class Masked(Pictured):
    """An answer of masks, each an image of its own."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a SegmentImageResponse
        """Count the masks that are there. Where nothing was found, nobody says whether the search was billed."""
        if response.generated_masks:
            self._count([(one.mask, None) for one in response.generated_masks])


def _is_there(image: Any) -> bool:  # noqa: ANN401 - the SDK's Image, or nothing
    """Whether there is a picture, here or in a bucket."""
    return bool(getattr(image, "image_bytes", None) or getattr(image, "gcs_uri", None))


def _is_about_the_prompt(entry: Any) -> bool:  # noqa: ANN401 - a GeneratedImage
    """Where an app asks for safety attributes, those of its prompt come as one more image, which is none."""
    attributes = getattr(entry, "safety_attributes", None)
    return getattr(attributes, "content_type", None) == "Positive Prompt"


def _with_prompt(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The prompt is what the call's content is."""
    prompt = kwargs.get("prompt") or field(kwargs.get("source"), "prompt")
    return {**kwargs, "contents": prompt}


_KINDS: Mapping[str, type[Answered]] = {
    "generate_images": Pictured,
    "edit_image": Pictured,
    "upscale_image": Pictured,
    "recontext_image": Pictured,
    "segment_image": Masked,
}


def _surfaces() -> Iterator[Surface]:
    for method, kind in _KINDS.items():
        once = wrap_one(method, kind, arguments=_with_prompt)
        yield Surface(MODELS, "Models", method, once, since="3.4")
        once = wrap_one_async(method, kind, arguments=_with_prompt)
        yield Surface(MODELS, "AsyncModels", method, once, since="3.4")


SURFACES = (*_surfaces(), *videos.SURFACES)
