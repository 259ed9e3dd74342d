"""Numbers and lists of things, in words."""

from collections.abc import Sequence


def count_of(number: int, singular: str, plural: str | None = None) -> str:
    """Return how many of something there are: `1 member`, `1,234 members`.

    Args:
        singular: what one of them is called.
        plural: what several are called; the singular with an s unless given.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def first_of(names: Sequence[str], most: int = 20) -> str:
    """Return names with commas between them, those beyond the first ones counted: `a, b and 3 more`.

    Args:
        most: how many are named.
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
