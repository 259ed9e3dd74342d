"""What SDK keys and mobile keys are of."""

from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import event

from muster.accounts.environment_keys import EnvironmentKeyKind, EnvironmentKeys, KeyOwner
from muster.accounts.model import Environment
from tests.accounts.stores import Office

MINUTE: Final = timedelta(minutes=1)


@pytest.fixture
def keys(office: Office) -> EnvironmentKeys:
    """The keys of a new installation."""
    return EnvironmentKeys(office.accounts, office.clock)


@pytest.fixture
def place(office: Office) -> Environment:
    """One of its environments."""
    return office.environments.get_environment(None, "default", "production")


def a_key(place: Environment) -> str:
    return place.sdk_key.reveal()


async def test_both_kinds_of_keys_name_their_environment(
    office: Office, keys: EnvironmentKeys, place: Environment
) -> None:
    project = office.projects.get_project(None, "default")
    found = await keys.find(place.sdk_key.reveal())
    assert found == KeyOwner(EnvironmentKeyKind.SDK, place, project)
    found = await keys.find(place.mobile_key.reveal())
    assert found == KeyOwner(EnvironmentKeyKind.MOBILE, place, project)


async def test_a_key_that_was_replaced_is_good_until_the_moment_that_was_said(
    office: Office, keys: EnvironmentKeys, place: Environment
) -> None:
    until = office.clock.now() + MINUTE
    new = office.environments.reset_sdk_key(None, "default", "production", old_key_until=until)
    for key in (a_key(place), a_key(new)):
        found = await keys.find(key)
        assert found is not None
        assert found.environment == new
    office.clock.advance(seconds=60)
    assert await keys.find(a_key(place)) is None
    assert await keys.find(a_key(new)) is not None


async def test_what_was_replaced_or_deleted_stops_working_within_a_second(
    office: Office, keys: EnvironmentKeys, place: Environment
) -> None:
    sdk_key, mobile_key = a_key(place), place.mobile_key.reveal()
    assert await keys.find(sdk_key)
    assert await keys.find(mobile_key)
    office.environments.reset_mobile_key(None, "default", "production")
    office.clock.advance(seconds=1)
    assert await keys.find(mobile_key) is None
    assert await keys.find(sdk_key)
    office.environments.delete_environment(None, "default", "production")
    office.clock.advance(seconds=1)
    assert await keys.find(sdk_key) is None


@pytest.mark.parametrize(
    "text", ["", "sdk", "api-1", "SDK-1", "0" * 24, "é", "sdk-" + "x" * 200, " sdk-1"]
)
async def test_what_can_t_be_a_key_is_not_looked_up(
    office: Office, keys: EnvironmentKeys, text: str
) -> None:
    asked: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert await keys.find(text) is None
    assert asked == []
    assert await keys.find("sdk-of-nobody") is None
    assert asked


async def test_a_key_is_not_taken_for_one_of_the_other_kind(
    keys: EnvironmentKeys, place: Environment
) -> None:
    for key in (a_key(place), place.mobile_key.reveal()):
        swapped = {"sdk-": "mob-", "mob-": "sdk-"}[key[:4]] + key[4:]
        assert await keys.find(swapped) is None
