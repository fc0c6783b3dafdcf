"""When two texts are the same to a clerk: full width or half, with spaces or without, whatever the case."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=1 << 14)
def key_of(text: str) -> str:
    """What is compared in place of the text."""
    if text.isascii():
        return "".join(text.split()).casefold()
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if not each.isspace() and unicodedata.category(each) not in ("Cc", "Cf"))


def tidy(text: str) -> str:
    """A text as it is stored: no blanks around it, one for several within."""
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


def tidy_name(text: str) -> str:
    """A person's name: 「张　伟」, padded to stand under 「欧阳文华」, is 张伟."""
    plain = tidy(text)
    return plain if any(each.isascii() and each != " " for each in plain) else plain.replace(" ", "")
