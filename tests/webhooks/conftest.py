"""A webhook service over a new control store, and a receiver."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.clock import FakeClock
from tests.webhooks.receiver import Receiver, receiving
from tests.webhooks.stores import Hooks


@pytest.fixture
def hooks(engine: Engine, clock: FakeClock) -> Hooks:
    """Webhooks over a new control store, on SQLite and on PostgreSQL."""
    return Hooks(engine, clock)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on 127.0.0.1."""
    with receiving() as started:
        yield started
