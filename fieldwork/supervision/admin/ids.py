"""The one reading of ids that come from an address or a form."""

LARGEST = 2**63 - 1  # what a column of ids holds


def id_of(text: object) -> int | None:
    """The id that the text is, or None: nothing else may reach the database."""
    words = str(text)
    number = int(words) if words.isascii() and words.isdecimal() and len(words) <= len(str(LARGEST)) else 0
    return number if 0 < number <= LARGEST else None
