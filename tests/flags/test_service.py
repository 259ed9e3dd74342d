"""The service of flags: who may do what, and what is kept of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.model import ClientSideAvailability
from muster.accounts.projects import ProjectChanges, ProjectDraft
from muster.audit.log import AuditFilter
from muster.core.errors import ConflictError, ForbiddenError, NotFoundError
from muster.core.paging import PageRequest
from muster.flags.edits import FlagDraft, FlagEdit
from muster.flags.model import Flag, FlagPlace
from muster.flags.service import FlagFilter, FlagService
from muster.storage.sql.flags import SqlFlagStore
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office
from tests.clock import FakeClock

SHOP = ProjectDraft("shop", "Shop", environments=[EnvironmentDraft("live", "Live", "000000")])
VIEW = allow("proj/shop", to="viewProject")


@pytest.fixture
def office(tmp_path: Path, clock: FakeClock) -> Iterator[Office]:
    """An installation with a project."""
    office = Office(tmp_path, clock)
    office.projects.create_project(None, SHOP)
    yield office
    office.engine.dispose()


@pytest.fixture
def flags(office: Office) -> FlagService:
    """The service, with one flag."""
    service = FlagService(
        SqlFlagStore(office.engine),
        office.projects,
        office.environments,
        office.trail,
        office.clock,
    )
    service.create_flag(None, "shop", FlagDraft("checkout", "Checkout", tags=("beta",)))
    return service


def turned_on(flag: Flag, place: FlagPlace) -> Flag:
    """Turn a flag on in the project's first environment."""
    environment = place.environments[0]
    targeting = flag.configuration_in(environment).targeting
    return flag.with_targeting(environment, replace(targeting, on=True), flag.created_at)


def renamed(name: str) -> FlagEdit:
    """Return the edit that gives a flag another name."""
    return lambda flag, _: replace(flag, name=name)


def test_who_may_not_see_the_project_sees_no_flags(flags: FlagService) -> None:
    hidden = with_policy(allow("*", to="*"), deny("proj/shop"))
    with pytest.raises(NotFoundError, match="no project 'shop'"):
        flags.get_flag(hidden, "shop", "checkout")
    with pytest.raises(NotFoundError, match="no project 'shop'"):
        flags.list_flags(hidden, "shop", PageRequest(), FlagFilter())
    found, _ = flags.get_flag(with_policy(VIEW), "shop", "checkout")
    assert found.name == "Checkout"


def test_an_environment_is_changed_by_who_may_change_it_there(flags: FlagService) -> None:
    there = with_policy(VIEW, allow("proj/shop:env/live:flag/*", to="updateOn"))
    elsewhere = with_policy(VIEW, allow("proj/shop:env/test:flag/*", to="updateOn"))
    with pytest.raises(ForbiddenError, match="may not updateOn"):
        flags.update_flag(elsewhere, "shop", "checkout", turned_on)
    changed, _ = flags.update_flag(there, "shop", "checkout", turned_on)
    assert changed.version == 2
    with pytest.raises(ForbiddenError, match=r"may not updateName"):
        flags.update_flag(there, "shop", "checkout", renamed("Mine"))


def test_a_policy_speaks_of_the_tags_that_the_flag_has(flags: FlagService) -> None:
    beta = with_policy(VIEW, allow("proj/shop:env/*:flag/*;beta", to="*"))
    flags.update_flag(beta, "shop", "checkout", renamed("Renamed"))
    with pytest.raises(ForbiddenError):
        flags.create_flag(beta, "shop", FlagDraft("other", "Other"))
    flags.update_flag(None, "shop", "checkout", lambda flag, _: replace(flag, tags=()))
    with pytest.raises(ForbiddenError):
        flags.update_flag(beta, "shop", "checkout", renamed("Again"))


def test_each_change_is_in_the_audit_log_and_what_is_none_is_not(
    flags: FlagService, office: Office
) -> None:
    office.clock.advance(seconds=1)
    flags.update_flag(None, "shop", "checkout", turned_on, comment="go")
    flags.update_flag(None, "shop", "checkout", turned_on)
    flags.update_flag(None, "shop", "checkout", renamed("Tried"), dry_run=True)
    office.clock.advance(seconds=1)
    flags.delete_flag(None, "shop", "checkout")
    entries = [
        one for one in office.audit_log.list_entries(AuditFilter(), limit=10) if one.kind == "flag"
    ]
    assert [(one.verb, one.comment) for one in entries] == [
        ("deleted", ""),
        ("updated", "go"),
        ("created", ""),
    ]
    _, updated, _ = entries
    assert updated.before is not None
    assert updated.after is not None
    assert updated.before["environments"]["live"]["on"] is False
    assert updated.after["environments"]["live"]["on"] is True
    assert list(updated.after["environments"]) == ["live"], "only what has changed"


def test_of_two_who_change_a_flag_at_once_one_is_told(flags: FlagService) -> None:
    def interrupted(flag: Flag, _: FlagPlace) -> Flag:
        flags.update_flag(None, "shop", "checkout", renamed("First"))
        return replace(flag, name="Second")

    with pytest.raises(ConflictError, match="has just been changed"):
        flags.update_flag(None, "shop", "checkout", interrupted)
    assert flags.get_flag(None, "shop", "checkout")[0].name == "First"


def test_a_new_environment_begins_with_the_defaults(flags: FlagService, office: Office) -> None:
    draft = EnvironmentDraft("later", "Later", "000000", default_track_events=True)
    environment = office.environments.create_environment(None, "shop", draft)
    flag, _ = flags.get_flag(None, "shop", "checkout")
    targeting = flag.configuration_in(environment).targeting
    assert (targeting.on, targeting.fallthrough, targeting.off_variation) == (False, 0, 1)
    assert targeting.track_events


def test_a_list_is_what_was_asked_for(flags: FlagService) -> None:
    flags.create_flag(None, "shop", FlagDraft("banner", "Über uns", tags=("eu", "Beta")))

    def listed(wanted: FlagFilter) -> list[str]:
        page, _ = flags.list_flags(None, "shop", PageRequest(), wanted)
        return [one.key for one in page.items]

    assert listed(FlagFilter()) == ["banner", "checkout"]
    assert listed(FlagFilter(query="über")) == ["banner"]
    assert listed(FlagFilter(tags=("beta",))) == ["banner", "checkout"]
    assert listed(FlagFilter(tags=("beta", "eu"))) == ["banner"]
    assert listed(FlagFilter(archived=True)) == []


@pytest.mark.parametrize("name", ["include_in_snippet_by_default", "default_availability"])
def test_browsers_get_new_flags_where_the_project_says_so(
    flags: FlagService, office: Office, name: str
) -> None:
    both = ClientSideAvailability(using_environment_id=True, using_mobile_key=True)
    changes = ProjectChanges(include_in_snippet_by_default=True)
    if name == "default_availability":
        changes = ProjectChanges(default_availability=both)
    office.projects.update_project(None, "shop", changes)
    flag, _ = flags.create_flag(None, "shop", FlagDraft("banner", "Banner"))
    assert flag.availability == both
