"""Projects and environments, as far as a principal may see them."""

import pytest
from sqlalchemy import insert

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.service import ProjectService
from muster.core.errors import NotFoundError
from muster.core.ids import MemberId, TokenId
from muster.core.paging import PageRequest
from muster.storage.sql import tables
from tests.accounts.stores import Office

ONE_BY_ONE = PageRequest(limit=1)


@pytest.fixture
def projects(office: Office) -> ProjectService:
    rows = [
        {"id": key, "key": key, "name": key, "tags": '["secret"]', "created_at": 0}
        for key in ("alpha", "omega")
    ]
    with office.engine.connect() as connection:
        connection.execute(insert(tables.projects), rows)
        connection.commit()
    return ProjectService(office.accounts)


def a_viewer(*statements: dict[str, object]) -> Principal:
    return Principal(
        TokenId("t"), "viewer", "service", MemberId("m"), (Policy.parse(list(statements)),)
    )


def allow(*resources: str) -> dict[str, object]:
    return {"effect": "allow", "actions": ["viewProject"], "resources": list(resources)}


def deny(*resources: str) -> dict[str, object]:
    return {"effect": "deny", "actions": ["viewProject"], "resources": list(resources)}


def test_a_reader_sees_all(office: Office, projects: ProjectService) -> None:
    reader = office.principal(BuiltInRole.READER)
    page = projects.list_projects(reader, PageRequest())
    assert [one.key for one in page.items] == ["alpha", "default", "omega"]
    assert projects.get_project(reader, "default") == office.created.project
    environments = projects.list_environments(reader, "default", ONE_BY_ONE)
    assert (environments.items, environments.total_count) == ([office.created.environments[0]], 2)
    assert projects.get_environment(reader, "default", "test") == office.created.environments[1]


@pytest.mark.parametrize(
    "viewer",
    [
        a_viewer(allow("proj/omega", "proj/default")),
        a_viewer(allow("proj/*"), deny("proj/alpha")),
        a_viewer(allow("proj/*;secret", "proj/default"), deny("proj/a*;secret")),
    ],
)
def test_what_may_not_be_seen_is_not_there_and_not_counted(
    projects: ProjectService, viewer: Principal
) -> None:
    first = projects.list_projects(viewer, ONE_BY_ONE)
    second = projects.list_projects(viewer, PageRequest(limit=1, offset=1))
    assert [one.key for one in (*first.items, *second.items)] == ["default", "omega"]
    assert first.total_count == second.total_count == 2
    with pytest.raises(NotFoundError) as hidden:
        projects.get_project(viewer, "alpha")
    with pytest.raises(NotFoundError) as absent:
        projects.get_project(viewer, "gamma")
    assert hidden.value.message.replace("alpha", "gamma") == absent.value.message
    with pytest.raises(NotFoundError):
        projects.list_environments(viewer, "alpha", PageRequest())
    with pytest.raises(NotFoundError):
        projects.get_environment(viewer, "alpha", "test")


def test_an_environment_that_is_not_there(projects: ProjectService) -> None:
    with pytest.raises(NotFoundError, match="no environment 'staging'"):
        projects.get_environment(a_viewer(allow("proj/*")), "default", "staging")
