"""A baseline JPEG of any size at no cost: one row of blocks, repeated as it is.

With a restart marker after every row of blocks each row stands for itself, so that it can be repeated.
"""

from tests.pictures import encoded, scene

_BLOCK = 16  # pixels of a row of blocks where colours are halved


def huge_jpeg(width: int, height: int) -> bytes:
    """Both sides are multiples of 16."""
    columns, rows = width // _BLOCK, height // _BLOCK
    strip = scene(7, (columns * _BLOCK, 2 * _BLOCK), detail=99)
    data = encoded(strip, restart_marker_rows=1, subsampling="4:2:0")
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4])
    row = data[start : data.index(b"\xff\xd0", start)]
    header = data[: frame + 5] + (rows * _BLOCK).to_bytes(2) + data[frame + 7 : start]
    restarts = (b"\xff" + bytes([0xD0 + number % 8]) for number in range(rows - 1))
    return header + row + b"".join(restart + row for restart in restarts) + b"\xff\xd9"
