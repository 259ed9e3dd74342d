"""Fixtures of the services of configurations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.stores import Office
from tests.clock import FakeClock


@pytest.fixture
def office(tmp_path: Path, clock: FakeClock) -> Iterator[Office]:
    """A new installation."""
    opened = Office(tmp_path, clock)
    yield opened
    opened.engine.dispose()
