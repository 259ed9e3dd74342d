"""New control stores in SQLite, copied from one that was migrated: that takes longer than most tests.

What tests how a store is made opens an absent file instead.
"""

import tempfile
from functools import cache
from pathlib import Path

from muster.storage.sql.engine import open_engine

_FILE = "muster.db"


def new_control_store(folder: Path, name: str = _FILE) -> str:
    """Make a control store that has the schema and nothing in it; return its URL.

    Args:
        name: its file's; by default the one that Muster gives it in a data directory.
    """
    file = folder / name
    file.touch(mode=0o600)
    file.write_bytes(_migrated())
    return _url(file)


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _FILE
        open_engine(_url(file)).dispose()
        return file.read_bytes()


def _url(file: Path) -> str:
    return f"sqlite:///{file}"
