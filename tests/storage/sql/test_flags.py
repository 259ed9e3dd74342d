"""Flags in the control store: on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from muster.accounts.installation import NewInstallation
from muster.core.errors import ConflictError
from muster.core.ids import FlagId, FlagKey, ProjectId, new_id
from muster.flags.targeting import Targeting
from muster.segments.flag_users import FlagUser
from muster.storage.sql.flags import SqlFlagStore
from muster.storage.sql.projects import SqlProjectStore
from tests.storage.sql.things import a_flag, install


@pytest.fixture
def created(engine: Engine) -> NewInstallation:
    """An installation."""
    return install(engine)


@pytest.fixture
def flags(engine: Engine) -> SqlFlagStore:
    """The store."""
    return SqlFlagStore(engine)


def test_a_flag_is_read_as_it_was_written(created: NewInstallation, flags: SqlFlagStore) -> None:
    flag = a_flag(created.project, created.environments[0])
    assert flags.insert_flag(flag)
    assert flags.find_flag(created.project.id, "checkout") == flag
    assert flags.find_flag(created.project.id, "Checkout") is None
    other = replace(flag, id=FlagId(new_id()), key=FlagKey("a"), configurations={})
    assert flags.insert_flag(other)
    assert flags.read_flags(created.project.id) == [other, flag]
    assert flags.read_flags(ProjectId(new_id())) == []


def test_a_key_is_taken_once(created: NewInstallation, flags: SqlFlagStore) -> None:
    flag = a_flag(created.project, created.environments[0])
    flags.insert_flag(flag)
    with pytest.raises(ConflictError, match="a flag checkout already"):
        flags.insert_flag(replace(flag, id=FlagId(new_id())))
    assert not flags.insert_flag(replace(flag, id=FlagId(new_id()), project_id=ProjectId(new_id())))


def test_an_update_replaces_the_version_before(
    created: NewInstallation, flags: SqlFlagStore
) -> None:
    place, other = created.environments
    flag = a_flag(created.project, place)
    flags.insert_flag(flag)
    in_both = {**flag.configurations, other.id: flag.configurations[place.id]}
    changed = replace(flag, name="Changed", version=2, configurations=in_both)
    assert flags.update_flag(changed)
    assert flags.find_flag(created.project.id, "checkout") == changed
    assert not flags.update_flag(replace(flag, name="Late", version=2))
    assert flags.find_flag(created.project.id, "checkout") == changed


def test_a_deleted_flag_and_all_of_it_is_gone(
    created: NewInstallation, flags: SqlFlagStore
) -> None:
    flag = a_flag(created.project, created.environments[0])
    flags.insert_flag(flag)
    assert flags.delete_flag(flag)
    assert not flags.delete_flag(flag)
    assert not flags.update_flag(replace(flag, version=2))
    assert flags.insert_flag(flag), "nothing is left in its way"


def test_flags_go_with_their_project_and_their_environment(
    engine: Engine, created: NewInstallation, flags: SqlFlagStore
) -> None:
    place, _ = created.environments
    flag = a_flag(created.project, place)
    flags.insert_flag(flag)
    SqlProjectStore(engine).delete_environment(place.id)
    left = flags.find_flag(created.project.id, "checkout")
    assert left == replace(flag, configurations={})
    assert flags.update_flag(replace(flag, version=2)), (
        "the environment that is gone is passed over"
    )
    SqlProjectStore(engine).delete_project(created.project.id)
    assert flags.read_flags(created.project.id) == []


def test_those_that_ask_for_a_segment_are_found(
    created: NewInstallation, flags: SqlFlagStore
) -> None:
    place, other = created.environments
    asking = a_flag(created.project, place)
    plain = replace(
        asking.configurations[place.id], targeting=Targeting(True, fallthrough=0, off_variation=1)
    )
    flags.insert_flag(asking)
    flags.insert_flag(
        replace(
            asking,
            id=FlagId(new_id()),
            key=FlagKey("plain"),
            configurations={place.id: plain},
        )
    )
    assert flags.list_segment_users(place.id, "vip") == [FlagUser("checkout", "Checkout")]
    assert flags.list_segment_users(place.id, "v") == []
    assert flags.list_segment_users(other.id, "vip") == []
