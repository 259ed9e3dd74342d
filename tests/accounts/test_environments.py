"""Environments by their client-side IDs, in memory."""

import pytest

from muster.accounts.environments import CachingEnvironmentDirectory
from tests.accounts.stores import Office


async def test_an_environment_is_remembered_for_a_second(office: Office) -> None:
    directory = CachingEnvironmentDirectory(office.accounts, office.clock)
    environment = office.created.environments[0]
    assert directory.cached(environment.id, office.clock.now()) is None
    assert await directory.find(environment.id) == environment
    assert directory.cached(environment.id, office.clock.now()) == environment
    assert await directory.find(environment.id) == environment
    assert office.accounts.lookups == 1
    with office.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE environments SET critical = 1")
        connection.commit()
    office.clock.advance(seconds=1)
    assert directory.cached(environment.id, office.clock.now()) is None
    found = await directory.find(environment.id)
    assert found is not None
    assert found.critical


@pytest.mark.parametrize(
    "text", ["", "production", "sdk-1", "0" * 23, "A" * 24, "\0" * 24, "é" * 24]
)
async def test_what_can_t_be_a_client_side_id_is_not_looked_up(office: Office, text: str) -> None:
    directory = CachingEnvironmentDirectory(office.accounts, office.clock)
    assert await directory.find(text) is None
    assert directory.cached(text, office.clock.now()) is None
    assert office.accounts.lookups == 0


async def test_an_unknown_id_is_remembered_for_a_second(office: Office) -> None:
    directory = CachingEnvironmentDirectory(office.accounts, office.clock)
    for _ in range(3):
        assert await directory.find("0" * 24) is None
    assert office.accounts.lookups == 1
    office.clock.advance(seconds=1)
    assert await directory.find("0" * 24) is None
    assert office.accounts.lookups == 2
