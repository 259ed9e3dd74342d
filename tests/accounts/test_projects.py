"""Projects, as far as a principal may see and change them."""

import pytest

from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.flag_defaults import NewFlagDefaults
from muster.accounts.model import ClientSideAvailability
from muster.accounts.projects import ProjectChanges, ProjectDraft, ProjectFilter
from muster.audit.log import AuditFilter
from muster.audit.model import AuditEntry
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
)
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office

ONE_BY_ONE = PageRequest(limit=1)
SHORT_LIVED = NewFlagDefaults(tags=("b", "a", "b"), temporary=False)
FOR_ALL = ClientSideAvailability(using_environment_id=True, using_mobile_key=True)


def keys(
    office: Office, wanted: ProjectFilter | None = None, sort: str = "", limit: int = 20
) -> list[str]:
    """Return the keys of the projects that are listed."""
    page = office.projects.list_projects(None, PageRequest(limit), wanted, parse_sort(sort))
    return [project.key for project in page.items]


def newest(office: Office) -> AuditEntry:
    """Return the newest entry of the audit log."""
    return office.audit_log.list_entries(AuditFilter(), limit=1)[0]


class TestSeen:
    @pytest.fixture(autouse=True)
    def three_projects(self, office: Office) -> None:
        for key, name in (("alpha", "Zoo"), ("omega", "aquarium")):
            office.clock.advance(seconds=1)
            office.projects.create_project(None, ProjectDraft(key, name, ["secret", key]))

    def test_a_reader_sees_all(self, office: Office) -> None:
        reader = office.principal(BuiltInRole.READER)
        page = office.projects.list_projects(reader, PageRequest())
        assert [one.key for one in page.items] == ["alpha", "default", "omega"]
        assert office.projects.get_project(reader, "default") == office.created.project

    @pytest.mark.parametrize(
        "viewer",
        [
            with_policy(allow("proj/omega", "proj/default")),
            with_policy(allow("proj/*"), deny("proj/alpha")),
            with_policy(allow("proj/*;secret", "proj/default"), deny("proj/a*;secret")),
        ],
    )
    def test_what_may_not_be_seen_is_not_there_and_not_counted(
        self, office: Office, viewer: Principal
    ) -> None:
        first = office.projects.list_projects(viewer, ONE_BY_ONE)
        second = office.projects.list_projects(viewer, PageRequest(limit=1, offset=1))
        assert [one.key for one in (*first.items, *second.items)] == ["default", "omega"]
        assert first.total_count == second.total_count == 2
        with pytest.raises(NotFoundError) as hidden:
            office.projects.get_project(viewer, "alpha")
        with pytest.raises(NotFoundError) as absent:
            office.projects.get_project(viewer, "gamma")
        assert hidden.value.message.replace("alpha", "gamma") == absent.value.message
        with pytest.raises(NotFoundError):
            office.projects.update_project(viewer, "alpha", {"name": "mine"})
        with pytest.raises(NotFoundError):
            office.projects.delete_project(viewer, "alpha")

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (ProjectFilter(query="ALPH"), ["alpha"]),
            (ProjectFilter(query="aqua"), ["omega"]),
            (ProjectFilter(tags=["Secret"]), ["alpha", "omega"]),
            (ProjectFilter(tags=["secret", "omega"]), ["omega"]),
            (ProjectFilter(keys=["omega", "DEFAULT", "gamma"]), ["default", "omega"]),
            (ProjectFilter(keys=[]), []),
            (ProjectFilter(query="o", tags=["secret"], keys=["alpha"]), ["alpha"]),
        ],
    )
    def test_a_filter_asks_for_all_that_it_names(
        self, office: Office, wanted: ProjectFilter, found: list[str]
    ) -> None:
        assert keys(office, wanted) == found

    @pytest.mark.parametrize(
        ("sort", "found"),
        [
            ("name", ["omega", "default", "alpha"]),
            ("-name", ["alpha", "default", "omega"]),
            ("createdOn", ["default", "alpha", "omega"]),
            ("-createdOn,name", ["omega", "alpha", "default"]),
        ],
    )
    def test_they_are_sorted_as_is_asked(self, office: Office, sort: str, found: list[str]) -> None:
        assert keys(office, sort=sort) == found
        assert keys(office, sort=sort, limit=2) == found[:2]

    def test_an_order_that_there_is_not(self, office: Office) -> None:
        with pytest.raises(InvalidRequestError, match="name, createdOn"):
            keys(office, sort="colour")


class TestMade:
    def test_one_without_environments_gets_two(self, office: Office) -> None:
        project, environments = office.projects.create_project(
            None, ProjectDraft("shop", "The shop", ["eu", "a.b", "eu"], True, FOR_ALL)
        )
        assert project.tags == ("a.b", "eu")
        assert office.projects.get_project(None, "shop") == project
        page = office.environments.list_environments(None, "shop", PageRequest())
        assert page.items == list(environments)
        assert [one.key for one in environments] == ["production", "test"]
        entry = newest(office)
        assert (entry.kind, entry.verb, entry.name) == ("project", "created", "The shop")
        assert entry.resource == project.resource
        assert entry.after is not None
        assert entry.after["defaultClientSideAvailability"]["usingEnvironmentId"]
        assert environments[0].sdk_key.reveal() not in str(entry)

    def test_one_has_the_environments_that_it_is_given(self, office: Office) -> None:
        drafts = [EnvironmentDraft("b", "B", "ffffff", critical=True)]
        office.projects.create_project(None, ProjectDraft("shop", "S", environments=drafts))
        (found,) = office.environments.list_environments(None, "shop", PageRequest()).items
        assert (found.key, found.color, found.critical) == ("b", "ffffff", True)

    @pytest.mark.parametrize(
        ("draft", "pointer"),
        [
            (ProjectDraft("", "n"), "/key"),
            (ProjectDraft("-a", "n"), "/key"),
            (ProjectDraft("a" * 257, "n"), "/key"),
            (ProjectDraft("a", " "), "/name"),
            (ProjectDraft("a", "n", ["no tag"]), "/tags"),
            (
                ProjectDraft("a", "n", environments=[EnvironmentDraft("e", "E", "#ffffff")]),
                "/environments/0/color",
            ),
            (
                ProjectDraft("a", "n", environments=[EnvironmentDraft("e", "E", "ffffff")] * 2),
                "/environments",
            ),
        ],
    )
    def test_what_can_not_be_so(self, office: Office, draft: ProjectDraft, pointer: str) -> None:
        with pytest.raises(InvalidRequestError) as refused:
            office.projects.create_project(None, draft)
        assert refused.value.pointer == pointer
        assert keys(office) == ["default"]

    def test_a_key_is_taken_once(self, office: Office) -> None:
        before = newest(office) if office.audit_log.list_entries(AuditFilter(), limit=1) else None
        with pytest.raises(ConflictError, match="project default already"):
            office.projects.create_project(None, ProjectDraft("default", "Another"))
        assert office.projects.get_project(None, "default").name == "Default"
        assert office.audit_log.list_entries(AuditFilter(), limit=9) == (
            [] if before is None else [before]
        )

    def test_only_by_whoever_may_make_it(self, office: Office) -> None:
        maker = with_policy(allow("proj/shop-*;eu", to="createProject"))
        office.projects.create_project(maker, ProjectDraft("shop-1", "S", ["eu"]))
        for draft in (ProjectDraft("shop-2", "S"), ProjectDraft("stall", "S", ["eu"])):
            with pytest.raises(ForbiddenError, match="createProject"):
                office.projects.create_project(maker, draft)


class TestChanged:
    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            (ProjectChanges(name="New"), "updateProjectName"),
            (ProjectChanges(tags=("b", "a", "b")), "updateTags"),
            (ProjectChanges(include_in_snippet_by_default=True), "updateIncludeInSnippetByDefault"),
            (ProjectChanges(default_availability=FOR_ALL), "updateDefaultClientSideAvailability"),
            (ProjectChanges(new_flags=SHORT_LIVED), "updateProjectFlagDefaults"),
        ],
    )
    def test_each_change_takes_its_action(
        self, office: Office, changes: ProjectChanges, action: str
    ) -> None:
        may = with_policy(allow("proj/*"), allow("proj/default", to=action))
        may_not = with_policy(allow("proj/*"), allow("proj/*", to="*"), deny("proj/*", to=action))
        with pytest.raises(ForbiddenError, match=action):
            office.projects.update_project(may_not, "default", changes)
        changed = office.projects.update_project(may, "default", changes, comment="why")
        assert changed != office.created.project
        assert office.projects.get_project(None, "default") == changed
        entry = newest(office)
        assert [access.action for access in entry.accesses] == [action]
        assert (entry.verb, entry.comment) == ("updated", "why")
        assert (entry.before, entry.after) == (
            office.created.project.snapshot(),
            changed.snapshot(),
        )
        again = office.projects.update_project(may_not, "default", changes)
        assert again == changed
        assert newest(office) == entry


class TestDeleted:
    def test_it_goes_with_its_environments(self, office: Office) -> None:
        _, environments = office.projects.create_project(None, ProjectDraft("shop", "Shop"))
        sweeper = with_policy(allow("proj/*"), allow("proj/shop", to="deleteProject"))
        office.clock.advance(seconds=1)
        office.projects.delete_project(sweeper, "shop")
        assert keys(office) == ["default"]
        assert office.accounts.find_environment_by_id(environments[0].id) is None
        entry = newest(office)
        assert [str(access.resource) for access in entry.accesses] == [
            "proj/shop",
            "proj/shop:env/production",
            "proj/shop:env/test",
        ]
        assert entry.before is not None
        assert [one["key"] for one in entry.before["environments"]] == ["production", "test"]
        assert environments[0].sdk_key.reveal() not in str(entry)

    def test_only_by_whoever_may(self, office: Office) -> None:
        office.projects.create_project(None, ProjectDraft("shop", "Shop"))
        with pytest.raises(ForbiddenError, match="deleteProject"):
            office.projects.delete_project(office.principal(BuiltInRole.READER), "shop")
        assert keys(office) == ["default", "shop"]

    def test_the_last_one_stays(self, office: Office) -> None:
        with pytest.raises(InvalidRequestError, match="last project"):
            office.projects.delete_project(None, "default")
        assert keys(office) == ["default"]
