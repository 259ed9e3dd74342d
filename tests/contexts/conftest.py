"""Fixtures of the tests of contexts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.clock import FakeClock
from tests.contexts.gallery import Gallery


@pytest.fixture
def gallery(engine: Engine, tmp_path: Path, clock: FakeClock) -> Iterator[Gallery]:
    """A new installation without contexts: on SQLite and on PostgreSQL."""
    opened = Gallery(engine, tmp_path, clock)
    yield opened
    opened.close()
