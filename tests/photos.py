"""Photos for tests, made on the spot."""

import hashlib
from io import BytesIO
from typing import Any

from PIL import Image


def jpeg(seed: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """A small JPEG; another seed is another picture."""
    file = BytesIO()
    Image.new("RGB", size, (seed * 37 % 256, seed * 101 % 256, seed * 59 % 256)).save(file, "JPEG")
    return file.getvalue() + seed.to_bytes(4)


def declared(data: bytes, content_type: str = "image/jpeg") -> dict[str, Any]:
    """What a phone says of these bytes."""
    return {"sha256": digest(data), "bytes": len(data), "content_type": content_type}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
