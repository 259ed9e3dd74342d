"""`ProjectStore` on SQLite and PostgreSQL, and what goes with an environment."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.accounts.drafts import EnvironmentDraft, new_environment
from muster.accounts.flag_defaults import BooleanFlagDefaults, NewFlagDefaults
from muster.accounts.installation import NewInstallation
from muster.accounts.model import ClientSideAvailability, Environment, Project
from muster.core.errors import ConflictError
from muster.core.ids import EnvironmentId, ProjectId, ProjectKey, SegmentId, new_id
from muster.core.paging import PageRequest
from muster.core.secrets import Secret
from muster.storage.sql.projects import SqlProjectStore
from muster.storage.sql.purges import SqlPurgeStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.transactions import SqlTransactions
from tests.clock import START
from tests.storage.sql.things import a_segment, install

DAY = timedelta(days=1)


@pytest.fixture
def created(engine: Engine) -> NewInstallation:
    return install(engine)


@pytest.fixture
def store(engine: Engine, created: NewInstallation) -> SqlProjectStore:
    return SqlProjectStore(engine)


@pytest.fixture
def purges(engine: Engine) -> SqlPurgeStore:
    return SqlPurgeStore(engine)


def a_project(key: str) -> Project:
    return Project(ProjectId(new_id()), ProjectKey(key), key, ("eu",), START)


def an_environment(project: Project, key: str) -> Environment:
    return new_environment(project, EnvironmentDraft(key, key, "ffffff"), START)


def test_what_is_made_is_found_as_it_was(store: SqlProjectStore) -> None:
    project = replace(
        a_project("shop"),
        include_in_snippet_by_default=True,
        default_availability=ClientSideAvailability(True, False),
        new_flags=NewFlagDefaults(
            ("beta",), False, BooleanFlagDefaults("Ja", "Nein", "für alle", "", 1, 0)
        ),
    )
    first, second = (an_environment(project, key) for key in ("a", "b"))
    store.create_project(project, [first])
    assert store.create_environment(second)
    assert store.find_project("shop") == project
    assert store.list_environments("shop", PageRequest()).items == [first, second]
    assert store.lock_environment_ids(project.id) == sorted([first.id, second.id])
    assert project.id in store.lock_project_ids()


def test_keys_are_taken_once(store: SqlProjectStore, created: NewInstallation) -> None:
    with pytest.raises(ConflictError, match="default"):
        store.create_project(a_project("default"), [])
    with pytest.raises(ConflictError, match="test"):
        store.create_environment(an_environment(created.project, "test"))
    assert not store.create_environment(an_environment(a_project("gone"), "test"))


def test_an_update_leaves_what_is_not_its_own(
    store: SqlProjectStore, created: NewInstallation
) -> None:
    environment = created.environments[0]
    changed = replace(
        environment,
        name="New",
        tags=("a",),
        default_ttl_minutes=7,
        secure_mode=True,
        default_track_events=True,
        require_comments=True,
        confirm_changes=True,
    )
    store.replace_mobile_key(environment.id, Secret("mob-2"))
    assert store.update_environment(replace(changed, sdk_key=Secret("sdk-of-another-moment")))
    assert store.find_environment("default", environment.key) == replace(
        changed, mobile_key=Secret("mob-2")
    )
    project = replace(created.project, name="New", include_in_snippet_by_default=True)
    assert store.update_project(project)
    assert store.find_project("default") == project


def test_what_is_gone_is_not_changed(store: SqlProjectStore) -> None:
    gone = an_environment(a_project("gone"), "e")
    assert not store.update_project(a_project("gone"))
    assert not store.update_environment(gone)
    assert not store.replace_mobile_key(gone.id, Secret("mob-2"))
    assert not store.replace_sdk_key(gone.id, Secret("sdk-2"), now=START, old_key_until=None)


def test_an_environment_is_found_by_the_sdk_keys_that_are_good(
    store: SqlProjectStore, created: NewInstallation
) -> None:
    environment = created.environments[0]
    old, new = environment.sdk_key.reveal(), "sdk-new"
    store.replace_sdk_key(environment.id, Secret(new), now=START, old_key_until=START + DAY)
    changed = replace(environment, sdk_key=Secret(new))
    assert store.find_environment_by_sdk_key(new, START + 9 * DAY) == changed
    assert store.find_environment_by_sdk_key(old, START) == changed
    assert store.find_environment_by_sdk_key(old, START + DAY) is None
    assert store.find_environment_by_sdk_key("sdk-unknown\0", START) is None
    store.delete_environment(environment.id)
    assert store.find_environment_by_sdk_key(new, START) is None
    assert store.find_environment_by_sdk_key(old, START) is None


def test_an_environment_is_found_by_the_mobile_key_that_it_has_now(
    store: SqlProjectStore, created: NewInstallation
) -> None:
    environment = created.environments[0]
    old = environment.mobile_key.reveal()
    assert store.find_environment_by_mobile_key(old) == environment
    store.replace_mobile_key(environment.id, Secret("mob-new"))
    changed = replace(environment, mobile_key=Secret("mob-new"))
    assert store.find_environment_by_mobile_key("mob-new") == changed
    for unknown in (old, "mob-unknown\0", environment.sdk_key.reveal()):
        assert store.find_environment_by_mobile_key(unknown) is None


def test_a_deleted_environment_takes_its_segments_along_and_notes_them(
    engine: Engine, store: SqlProjectStore, purges: SqlPurgeStore, created: NewInstallation
) -> None:
    place, other = (one.id for one in created.environments)
    segments = SqlSegmentStore(engine)
    vip, staff, kept = a_segment(place, "vip"), a_segment(place, "staff"), a_segment(other, "vip")
    segments.save_segments([vip, staff, kept])
    segments.delete_segment(staff.id)
    store.delete_environment(place)
    assert store.find_environment_by_id(place) is None
    assert purges.list_purges() == sorted([vip.id, staff.id])
    assert segments.find_segment(other, "vip") == kept
    purges.forget_purges([vip.id])
    assert purges.list_purges() == [staff.id]


def test_a_deleted_project_takes_everything_along(
    engine: Engine, store: SqlProjectStore, purges: SqlPurgeStore, created: NewInstallation
) -> None:
    segments = [a_segment(one.id, "vip") for one in created.environments]
    SqlSegmentStore(engine).save_segments(segments)
    store.delete_project(created.project.id)
    assert store.find_project("default") is None
    assert store.list_environments("default", PageRequest()).items == []
    assert purges.list_purges() == sorted(one.id for one in segments)


def test_a_segment_that_comes_too_late_is_noted_and_not_saved(
    engine: Engine, store: SqlProjectStore, purges: SqlPurgeStore, created: NewInstallation
) -> None:
    place, other = (one.id for one in created.environments)
    segments = SqlSegmentStore(engine)
    late, fine = a_segment(place, "late"), a_segment(other, "fine")
    store.delete_environment(place)
    for _ in range(2):
        segments.save_segments([late, fine])
    assert segments.find_segment(place, "late") is None
    assert segments.find_segment(other, "fine") == fine
    assert purges.list_purges() == [late.id]


def test_a_deletion_that_is_rolled_back_notes_nothing(
    engine: Engine, store: SqlProjectStore, purges: SqlPurgeStore, created: NewInstallation
) -> None:
    place = created.environments[0].id
    SqlSegmentStore(engine).save_segments([a_segment(place, "vip")])

    def delete_and_fail() -> None:
        with SqlTransactions(engine).begin():
            store.delete_environment(place)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        delete_and_fail()
    assert store.find_environment_by_id(place) is not None
    assert purges.list_purges() == []


def test_of_two_who_delete_one_each_the_second_sees_what_is_left(
    engine: Engine, store: SqlProjectStore, created: NewInstallation
) -> None:
    def delete_unless_last(environment_id: EnvironmentId) -> bool:
        with SqlTransactions(engine).begin():
            left = store.lock_environment_ids(created.project.id)
            time.sleep(0.2)  # the other one has begun, too
            if len(left) == 1:
                return False
            store.delete_environment(environment_id)
            return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(delete_unless_last, [one.id for one in created.environments]))
    assert sorted(done) == [False, True]
    assert store.list_environments("default", PageRequest()).total_count == 1


def test_segments_saved_while_their_environment_is_deleted_are_saved_or_noted(
    engine: Engine, store: SqlProjectStore, purges: SqlPurgeStore, created: NewInstallation
) -> None:
    place = created.environments[0].id
    segments = SqlSegmentStore(engine)

    def save(number: int) -> SegmentId:
        segment = a_segment(place, f"s{number}")
        segments.save_segments([segment])
        return segment.id

    with ThreadPoolExecutor(5) as pool:
        saved = [pool.submit(save, number) for number in range(20)]
        pool.submit(store.delete_environment, place).result()
        ids = [one.result() for one in saved]
    assert purges.list_purges() == sorted(ids)
