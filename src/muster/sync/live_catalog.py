"""The catalog that is in force, and how it is read again while the server runs."""

from collections.abc import Callable

from muster.sync.catalog import Catalog


class LiveCatalog:
    """Holds the catalog in force; a request that has begun keeps the one it began with."""

    def __init__(self, read: Callable[[], Catalog]) -> None:
        """Read the catalog for the first time.

        Args:
            read: reads every folder again; what is broken it reports and leaves out.
        """
        self._read = read
        self.current = read()

    def reload(self) -> Catalog:
        """Read the catalog again and put it in force; return it."""
        self.current = self._read()
        return self.current
