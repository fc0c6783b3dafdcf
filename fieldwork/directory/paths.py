"""Paths of divisions: six base-36 digits a step, so that a subtree is one range of strings."""

from itertools import takewhile

from django.db.models import Q

STEP = 6
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BEYOND = "~"  # sorts after every digit, byte by byte


def child_path(parent_path: str, number: int) -> str:
    """The path of the division numbered `number` (below 36**6) under `parent_path`; "" for none."""
    digits = ""
    for _ in range(STEP):
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    if number:
        raise ValueError("division numbers end at 36**6")
    return parent_path + digits


def common_path(one: str, other: str) -> str:
    """The path of the lowest division that holds both; "" for none. Of many paths, give the least and the greatest."""
    shared = takewhile(lambda end: one[:end] == other[:end], range(STEP, min(len(one), len(other)) + 1, STEP))
    return one[: max(shared, default=0)]


def upwards(path: str) -> tuple[str, ...]:
    """The paths of a division and of all that hold it, the largest first."""
    return tuple(path[:end] for end in range(STEP, len(path) + 1, STEP))


def within(path: str, field: str = "path") -> Q:
    """Rows whose `field` lies in the subtree of `path`, the root among them. `field` may span relations."""
    return Q(**{f"{field}__gte": path, f"{field}__lt": path + _BEYOND})
