"""Numbers of things, in words."""


def count_of(number: int, singular: str, plural: str | None = None) -> str:
    """Return how many of something there are: `1 member`, `1,234 members`.

    Args:
        singular: what one of them is called.
        plural: what several are called; the singular with an s unless given.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"
