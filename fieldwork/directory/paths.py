"""Paths of divisions: six base-36 digits a step, so that a subtree is one range of strings."""

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


def within(path: str, field: str = "path") -> Q:
    """Rows whose `field` lies in the subtree of `path`, the root among them. `field` may span relations."""
    return Q(**{f"{field}__gte": path, f"{field}__lt": path + _BEYOND})
