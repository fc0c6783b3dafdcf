"""What a cell says: texts, days, numbers and words of a list, however a clerk or a spreadsheet writes them."""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import TypeVar

from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.sheets import SPELLINGS

V = TypeVar("V")
Raw = str | int | float | bool | date | datetime | None
_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:[T ]?0{1,2}:00(?::00)?(?:\.0+)?)?")
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = (20_000, 80_000)  # days since the end of 1899, as spreadsheets count: 1954 to 2119
_FIRST = date(1899, 12, 30)
_SPELT = {key_of(word): key_of(meant) for word, meant in SPELLINGS.items()}


def text_of(raw: Raw) -> str:
    """The text of a cell, as far as it can be read; "" for an empty one. 441800.0 is 441800."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:  # noqa: PLR2004 - beyond it digits are lost
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    return str(raw).strip()


def day_of(raw: Raw) -> date:
    """The day that a cell names; ValueError if it is none."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool) and _SERIAL[0] <= raw <= _SERIAL[1]:
        return _FIRST + timedelta(days=int(raw))
    plain = "".join(unicodedata.normalize("NFKC", text_of(raw)).split())
    found = _DAY.fullmatch(plain) or _PLAIN_DAY.fullmatch(plain)
    if found is None:
        raise ValueError(plain)
    return date(*map(int, found.groups()))


def number_of(raw: Raw) -> float:
    """ValueError if it is none."""
    number = float(unicodedata.normalize("NFKC", text_of(raw)))
    if not math.isfinite(number):
        raise ValueError(raw)
    return number


def choice_of(raw: Raw, among: Mapping[str, V]) -> V:
    """What the word stands for, in Chinese, as clerks spell it, or as the API has it; KeyError if for nothing."""
    words: Mapping[str, V] = _words(tuple(among.items()))
    word = key_of(text_of(raw))
    return words[word] if word in words else words[_SPELT[word]]


@cache
def _words(among: tuple[tuple[str, V], ...]) -> dict[str, V]:
    return {key_of(str(value)): value for _name, value in among} | {key_of(name): value for name, value in among}
