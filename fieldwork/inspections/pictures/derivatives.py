"""Smaller pictures of a photo: upright JPEGs without metadata, made once, under the digest of the original.

`derived/ab/cd/<sha256>.<size>.jpg` under MEDIA_ROOT. They can be made again at any time, and no backup holds them.
"""

import io
import os
import uuid
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageCms

from fieldwork.core.uploads import incoming, make_synced, sync
from fieldwork.inspections.pictures.opening import draft

QUALITY = 80
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_SRGB = ImageCms.createProfile("sRGB")
_PAPER = (255, 255, 255)


class Size(StrEnum):
    """How large a derivative is: pixels of its longer side, unless the original is smaller."""

    LARGE = "large"
    THUMB = "thumb"

    @property
    def pixels(self) -> int:
        return {"large": 1600, "thumb": 320}[self.value]


def derived(sha256: str, size: Size) -> Path:
    """Where that derivative is, or will be."""
    return Path(settings.MEDIA_ROOT) / "derived" / sha256[:2] / sha256[2:4] / f"{sha256}.{size}.jpg"


def reduced(image: Image.Image, orientation: int) -> dict[Size, Image.Image]:
    """The derivatives of a photo whose pixels are not decoded yet. Errors: `Unreadable`, and what decoders raise."""
    size = _within(image.size, Size.LARGE.pixels)
    draft(image, size)
    large = _to_rgb(_near(image, size)).resize(size, Image.Resampling.HAMMING)
    if orientation in _TURNS:
        large = large.transpose(_TURNS[orientation])
    size = _within(large.size, Size.THUMB.pixels)
    # Averaged to the double at first: what is fine and regular would show as waves.
    thumb = _near(large, (size[0] * 2, size[1] * 2)).resize(size, Image.Resampling.HAMMING)
    return {Size.LARGE: large, Size.THUMB: thumb}


def keep(sha256: str, pictures: dict[Size, Image.Image]) -> None:
    """Write derivatives so that each is there whole or not at all, also after a power cut."""
    for size, picture in pictures.items():
        picture.info = {}  # or a comment would be carried over
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=QUALITY)
        _write(derived(sha256, size), data.getbuffer())


def remove(sha256: str) -> None:
    """Take the derivatives of a digest away, with the original that they were made of."""
    for size in Size:
        derived(sha256, size).unlink(missing_ok=True)


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The same proportions with no side above `longest`; never larger. Rounded down, so that a decoder that can only
    halve does not take the next larger step for a pixel."""
    width, height = size
    scale = min(1.0, longest / max(size))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _near(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Averaged by a whole number of pixels, to `size` or a little above: cheap, and what is left does not alias."""
    if image.mode in ("1", "P"):  # neither can be averaged
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    factor = min(image.width // size[0], image.height // size[1])
    return image.reduce(factor) if factor > 1 else image


def _to_rgb(image: Image.Image) -> Image.Image:
    """Three channels of sRGB, on white paper."""
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, _PAPER)
        paper.paste(image, mask=image.getchannel("A"))
        paper.info = image.info
        image = paper
    return _managed(image).convert("RGB")


def _managed(image: Image.Image) -> Image.Image:
    """In the colours of sRGB; as it is where its profile cannot be read or is none for its channels."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "L", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _write(path: Path, data: memoryview) -> None:
    incoming().mkdir(parents=True, exist_ok=True)
    draft_path = incoming() / uuid.uuid4().hex  # what a killed worker leaves there is swept
    try:
        with draft_path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        make_synced(path.parent)
        draft_path.replace(path)
    finally:
        draft_path.unlink(missing_ok=True)
    sync(path.parent)
