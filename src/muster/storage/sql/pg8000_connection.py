"""Connections to PostgreSQL that break as the DB-API says.

pg8000 1.31 lets a bare `OSError` out of its first read after the server has gone, where SQLAlchemy waits
for the driver's `InterfaceError` to know that the connection is broken and to replace it.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from pg8000.exceptions import InterfaceError
from pg8000.legacy import Connection


class PostgresConnection(Connection):  # type: ignore[misc]  # pg8000 has no types
    """A connection of pg8000 that raises `InterfaceError` whenever the network fails."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        with _network_errors():
            super().__init__(*arguments, **settings)

    def handle_messages(self, context: Any) -> None:
        """Read the server's answers."""
        with _network_errors():
            super().handle_messages(context)

    def close(self) -> None:
        """Close the connection, also one that is broken or closed."""
        stream = self._sock
        with contextlib.suppress(InterfaceError):
            super().close()
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


@contextlib.contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # SQLAlchemy knows a broken connection by these words.
        raise InterfaceError("network error") from error
