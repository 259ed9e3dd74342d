"""What a server does beside the requests."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from muster.bootstrap.container import Container
from muster.bootstrap.maintenance import Maintenance
from muster.bootstrap.settings import load_settings
from muster.contexts.service import ContextQuery
from muster.core.paging import PageRequest

_PATIENCE_SECONDS = 20.0


@pytest.fixture
async def container(tmp_path: Path) -> AsyncIterator[Container]:
    """A server's container, that keeps contexts for a day."""
    settings = load_settings(data_dir=tmp_path / "data", context_days=1)
    opened = await asyncio.to_thread(Container.open, settings)
    yield opened
    await asyncio.to_thread(opened.close)


def found(container: Container) -> list[str]:
    """Return the keys of the contexts in the first environment."""
    place = container.accounts.list_environments("default", PageRequest()).items[0]
    page = container.contexts.search(None, "default", place.key, ContextQuery())
    return [one.key for one in page.items]


async def test_contexts_are_recorded_soon_and_before_the_end(container: Container) -> None:
    place = container.accounts.list_environments("default", PageRequest()).items[0]
    maintenance = Maintenance(container)
    maintenance.start()
    now = container.clock.now()
    container.context_recorder.observe(place, {"kind": "user", "key": "soon"}, now)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while found(container) != ["soon"]:
            await asyncio.sleep(0.05)
    container.context_recorder.observe(place, {"kind": "user", "key": "at the end"}, now)
    old = now - timedelta(days=1, seconds=1)
    container.context_recorder.observe(place, {"kind": "user", "key": "old"}, old)
    await maintenance.stop()
    assert found(container) == ["at the end", "old", "soon"]
    assert await container.context_recorder.prune() == 1
    assert found(container) == ["at the end", "soon"]
