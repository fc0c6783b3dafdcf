"""Photos of invented sites, drawn here: no two alike, and none of anything that exists."""

import io
import math
from datetime import datetime
from random import Random

from PIL import Image, ImageDraw, ImageFont
from PIL.ExifTags import GPS, IFD, Base

from fieldwork.core.geo import Position
from fieldwork.core.periods import ZONE
from fieldwork.supervision.demo.dice import dice

WIDTH, HEIGHT = 640, 480
QUALITY = 72
_SKIES = ((158, 192, 224), (188, 206, 218), (206, 200, 190), (140, 176, 214), (222, 208, 184))
_WALLS = ((176, 148, 124), (150, 156, 162), (196, 184, 166), (132, 120, 116), (170, 176, 160))
_GROUNDS = ((126, 116, 96), (112, 122, 92), (138, 132, 122), (104, 100, 94))
_CHIMNEYS = 0.6  # of the halls have one
_FONT = ImageFont.load_default(18)  # Latin letters alone: no machine is sure to have more
Colour = tuple[int, int, int]


def draw_photo(seed: str, caption: str, taken_at: datetime, position: Position | None = None) -> bytes:
    """A JPEG of some 20 kB, the same bytes for the same arguments; the ASCII `caption` stands in the picture.

    EXIF carries the local time with its offset and, with a `position`, WGS-84 degrees.
    """
    chance = dice("photo", seed)
    image = Image.new("RGB", (WIDTH, HEIGHT), _tinted(chance, _SKIES))
    pen = ImageDraw.Draw(image)
    horizon = chance.randint(300, 370)
    _draw_hills(pen, chance, horizon)
    pen.rectangle((0, horizon, WIDTH, HEIGHT), fill=_tinted(chance, _GROUNDS))
    chance.choice((_draw_building_site, _draw_plant, _draw_quarry, _draw_road))(pen, chance, horizon)
    for _ in range(chance.randint(1, 4)):
        _draw_person(pen, chance, horizon)
    _draw_caption(pen, caption, taken_at)
    held = io.BytesIO()
    image.save(held, "JPEG", quality=QUALITY, exif=_exif(taken_at, position))
    return held.getvalue()


def _tinted(chance: Random, colours: tuple[Colour, ...]) -> Colour:
    red, green, blue = (max(0, min(255, part + chance.randint(-14, 14))) for part in chance.choice(colours))
    return red, green, blue


def _draw_hills(pen: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    for depth in range(2):
        width, height, shift = chance.randint(90, 200), chance.randint(30, 90), chance.random() * 6
        ridge = [
            (x, horizon - height * (1.2 - depth * 0.4) * (0.6 + 0.4 * math.sin(x / width + shift)))
            for x in range(0, WIDTH + 20, 20)
        ]
        shade = 128 - depth * 26
        pen.polygon([(0, horizon), *ridge, (WIDTH, horizon)], fill=(shade - 10, shade + 12, shade))


def _draw_building_site(pen: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """Unfinished floors in scaffolding, and a tower crane."""
    left, width, floors = chance.randint(60, 260), chance.randint(150, 240), chance.randint(4, 8)
    storey, wall = chance.randint(26, 36), _tinted(chance, _WALLS)
    top = horizon - floors * storey
    for floor in range(floors):
        y = top + floor * storey
        pen.rectangle((left, y, left + width, y + storey), fill=wall, outline=(70, 66, 62))
        for x in range(left + 10, left + width - 16, 34):
            pen.rectangle((x, y + 8, x + 16, y + storey - 6), fill=(60, 66, 76))
    for x in range(left - 12, left + width + 13, 24):
        pen.line((x, top - 14, x, horizon), fill=(206, 160, 60), width=2)
    mast = left + width + chance.randint(30, 90)
    pen.line((mast, 60, mast, horizon), fill=(222, 170, 30), width=7)
    pen.line((mast - chance.randint(140, 240), 74, mast + 60, 74), fill=(222, 170, 30), width=5)
    hook = mast - chance.randint(60, 130)
    pen.line((hook, 76, hook, chance.randint(120, 220)), fill=(50, 50, 50), width=1)


def _draw_plant(pen: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """Halls, chimneys and tanks."""
    x = chance.randint(10, 60)
    while x < WIDTH - 130:
        width, height = chance.randint(90, 170), chance.randint(60, 130)
        pen.rectangle((x, horizon - height, x + width, horizon), fill=_tinted(chance, _WALLS))
        pen.polygon(
            [(x, horizon - height), (x + width // 2, horizon - height - 26), (x + width, horizon - height)],
            fill=(120, 70, 60),
        )
        if chance.random() < _CHIMNEYS:
            pipe = x + chance.randint(10, width - 20)
            pen.rectangle((pipe, chance.randint(80, 160), pipe + 14, horizon - height), fill=(150, 140, 136))
        x += width + chance.randint(8, 50)
    for _ in range(chance.randint(1, 3)):
        x, radius = chance.randint(40, WIDTH - 90), chance.randint(24, 42)
        tank = (x, horizon - radius, x + 2 * radius, horizon + radius)
        pen.ellipse(tank, fill=(214, 214, 208), outline=(90, 90, 90))


def _draw_quarry(pen: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """Benches in the rock, and a heap."""
    face = _tinted(chance, _WALLS)
    for bench in range(chance.randint(4, 7)):
        y, edge = horizon - bench * 32, 40 + bench * chance.randint(24, 40)
        shade = tuple(max(0, part - bench * 9) for part in face)
        pen.polygon([(edge, y), (WIDTH, y), (WIDTH, y - 32), (edge + 30, y - 32)], fill=shade)
    x = chance.randint(40, 200)
    pen.polygon([(x, horizon + 40), (x + 90, horizon - 50), (x + 190, horizon + 40)], fill=(160, 150, 130))


def _draw_road(pen: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """A road with lorries."""
    middle = chance.randint(220, 420)
    lane = [(middle - 20, horizon), (middle + 20, horizon), (560, HEIGHT), (60, HEIGHT)]
    pen.polygon(lane, fill=(84, 84, 88))
    for step in range(5):
        y = horizon + 12 + step * 26
        pen.line((middle, y, middle, y + 8 + step * 2), fill=(232, 226, 200), width=2 + step)
    for _ in range(chance.randint(1, 3)):
        x, y, size = chance.randint(60, 500), horizon + chance.randint(0, 40), chance.randint(36, 66)
        pen.rectangle((x, y - size, x + 2 * size, y), fill=_tinted(chance, _WALLS), outline=(40, 40, 40))
        pen.rectangle((x + 2 * size, y - size * 2 // 3, x + size * 5 // 2, y), fill=(70, 100, 150))


def _draw_person(pen: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """Somebody in a vest and a helmet."""
    x, y, size = chance.randint(30, WIDTH - 40), horizon + chance.randint(30, 80), chance.randint(34, 52)
    pen.rectangle((x, y - size, x + size // 2, y), fill=chance.choice(((230, 120, 30), (200, 210, 60))))
    pen.ellipse((x + 2, y - size - size // 2, x + size // 2 - 2, y - size), fill=(226, 190, 160))
    pen.pieslice(
        (x, y - size - size // 2 - 4, x + size // 2, y - size + 4), 180, 360,
        fill=chance.choice(((236, 206, 40), (220, 40, 40), (240, 240, 240))),
    )  # fmt: skip


def _draw_caption(pen: ImageDraw.ImageDraw, caption: str, taken_at: datetime) -> None:
    pen.rectangle((0, HEIGHT - 34, WIDTH, HEIGHT), fill=(20, 24, 30))
    text = f"DEMO  {caption}  {taken_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    pen.text((10, HEIGHT - 28), text, fill=(240, 240, 240), font=_FONT)


def _exif(taken_at: datetime, position: Position | None) -> Image.Exif:
    exif = Image.Exif()
    local = taken_at.astimezone(ZONE)
    exif[Base.Software] = "fieldwork demo"
    exif[Base.DateTime] = f"{local:%Y:%m:%d %H:%M:%S}"
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = f"{local:%Y:%m:%d %H:%M:%S}"
    exif.get_ifd(IFD.Exif)[Base.OffsetTimeOriginal] = "+08:00"
    if position is not None:
        exif.get_ifd(IFD.GPSInfo).update(
            {
                GPS.GPSLatitudeRef: "N" if position.latitude >= 0 else "S",
                GPS.GPSLatitude: _sexagesimal(position.latitude),
                GPS.GPSLongitudeRef: "E" if position.longitude >= 0 else "W",
                GPS.GPSLongitude: _sexagesimal(position.longitude),
            }
        )
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    """Degrees, minutes and seconds, without the sign, as EXIF has them."""
    minutes, seconds = divmod(round(abs(degrees) * 3600, 3), 60)
    return minutes // 60, minutes % 60, round(seconds, 3)
