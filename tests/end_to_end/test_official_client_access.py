"""`_access`, by LaunchDarkly's own Python client: unmodified, against a real server, on SQLite and on
PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.projects_api import ProjectsApi
from launchdarkly_api.exceptions import NotFoundException
from launchdarkly_api.models.access import Access
from launchdarkly_api.models.access_allowed_reason import AccessAllowedReason
from launchdarkly_api.models.access_denied_reason import AccessDeniedReason
from launchdarkly_api.models.project_post import ProjectPost

from muster.access.actions import ACTIONS
from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_account import Account
from tests.end_to_end.official_client import DATABASES, client, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

VIEW = {"effect": "allow", "actions": ["viewProject", "viewRole"], "resources": ["*"]}
NAME = {"effect": "allow", "actions": ["*Name"], "resources": ["proj/*", "role/*"]}
NO_DELETION = {"effect": "deny", "actions": ["delete*"], "resources": ["proj/*", "proj/*:env/*"]}
Reasons = dict[str, AccessAllowedReason | AccessDeniedReason]


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def admin(server: Muster) -> Account:
    """The account, for an admin."""
    return Account(server, TOKEN)


@pytest.fixture(scope="module")
def narrow(admin: Account) -> str:
    """A token that may view projects and roles, and name them, and must not delete projects."""
    role = admin.make_role(VIEW, NAME, NO_DELETION, key="namer")
    token = admin.make_token(customRoleIds=[role.id]).token
    assert token is not None
    return token


def reasons(access: Access | None, resource_type: str) -> tuple[Reasons, Reasons]:
    """Return what is allowed and what is denied; together they are all that is known of the type."""
    assert access is not None
    allowed: Reasons = {one.action: one.reason for one in access.allowed}
    denied: Reasons = {one.action: one.reason for one in access.denied}
    assert sorted([*allowed, *denied]) == sorted(ACTIONS[resource_type])
    assert len(access.allowed) + len(access.denied) == len(ACTIONS[resource_type])
    return allowed, denied


def test_it_is_shown_only_where_it_is_asked_for(server: Muster, narrow: str) -> None:
    projects = ProjectsApi(client(server, narrow))
    assert projects.get_project("default").access is None
    assert [one.access for one in projects.get_projects().items] == [None]


def test_of_a_project_it_tells_what_is_allowed_and_why(server: Muster, narrow: str) -> None:
    projects = ProjectsApi(client(server, narrow))
    one = projects.get_project("default", expand="access,environments")
    allowed, denied = reasons(one.access, "proj")
    assert sorted(allowed) == ["updateProjectName", "viewProject"]
    why = allowed["updateProjectName"]
    assert (why.effect, why.actions, why.resources) == ("allow", NAME["actions"], NAME["resources"])
    assert why.role_name == "namer"
    assert denied["deleteProject"].resources == NO_DELETION["resources"]
    # No statement is about it.
    assert denied["createProject"].to_dict() == {"effect": "deny"}
    assert projects.get_projects(expand="access").items[0].access == one.access
    assert one.environments is not None
    for environment in one.environments.items:
        allowed, denied = reasons(environment.access, "env")
        assert not allowed
        assert denied["deleteEnvironment"].role_name == "namer"


def test_a_role_that_may_view_all_but_one_project_does_not_see_that(
    server: Muster, admin: Account
) -> None:
    for key in ("secret", "open"):
        ProjectsApi(client(server, TOKEN)).post_project(ProjectPost(key=key, name=key))
    deny = {"effect": "deny", "actions": ["viewProject"], "resources": ["proj/secret"]}
    role = admin.make_role(deny, basePermissions="reader")
    token = admin.make_token(customRoleIds=[role.id]).token
    assert token is not None
    projects = ProjectsApi(client(server, token))
    assert [one.key for one in projects.get_projects().items] == ["default", "open"]
    with pytest.raises(NotFoundException):
        projects.get_project("secret")


def test_an_admin_may_do_everything(server: Muster) -> None:
    one = ProjectsApi(client(server, TOKEN)).get_project("default", expand="access")
    allowed, denied = reasons(one.access, "proj")
    assert not denied
    assert {why.role_name for why in allowed.values()} == {"admin"}


@pytest.mark.parametrize(
    ("path", "resource_type"),
    [
        ("projects/default/environments", "env"),
        ("roles", "role"),
        ("members", "member"),
        ("tokens", "service-token"),
    ],
)
def test_lists_and_single_reads_of_the_others_have_it_too(
    server: Muster, admin: Account, path: str, resource_type: str
) -> None:
    """The client has no parameter for it there; others who speak HTTP do."""
    admin.make_role()
    admin.make_token(role="reader")
    answer = server.client.get(f"/api/v2/{path}", params={"expand": "access", "limit": 1})
    page = answer.json()
    [item] = page["items"]
    access = Access.from_dict(item["_access"])
    allowed, denied = reasons(access, resource_type)
    assert allowed
    assert not denied
    assert "expand=access" in page["_links"]["self"]["href"]
    own: dict[str, Any] = server.client.get(
        item["_links"]["self"]["href"], params={"expand": "access"}
    ).json()
    assert own["_access"] == item["_access"]
    assert "_access" not in server.client.get(item["_links"]["self"]["href"]).json()
