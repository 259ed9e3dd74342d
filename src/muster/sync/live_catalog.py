"""The catalog that is in force, and how it is read again while the server runs."""

from collections.abc import Callable, Sequence

from muster.sync.catalog import Catalog


class LiveCatalog:
    """Holds the catalog in force; a request that has begun keeps the one it began with.

    Attributes:
        current: the catalog.
        problems: what was broken and so left out of it, a line each.
    """

    def __init__(self, read: Callable[[], tuple[Catalog, Sequence[str]]]) -> None:
        """Read the catalog for the first time.

        Args:
            read: reads every folder again; gives the catalog, and what had to be left out of it.
        """
        self._read = read
        self.current, self.problems = read()

    def reload(self) -> None:
        """Read the catalog again and put it in force."""
        self.current, self.problems = self._read()
