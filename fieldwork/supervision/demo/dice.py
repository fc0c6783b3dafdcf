"""Chance that repeats itself: the same words throw the same dice, so that every run tells the same story."""

from random import Random


def dice(*words: object) -> Random:
    """Dice for whatever `words` name: a person, a month, a photo."""
    return Random("/".join(map(str, words)))  # noqa: S311 - it decides what looks likely, and guards nothing
