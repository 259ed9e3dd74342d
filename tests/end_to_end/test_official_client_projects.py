"""LaunchDarkly's own Python client on projects and environments: on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from launchdarkly_api.api.environments_api import EnvironmentsApi
from launchdarkly_api.api.other_api import OtherApi
from launchdarkly_api.api.projects_api import ProjectsApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.environment import Environment
from launchdarkly_api.models.environment_post import EnvironmentPost
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.project_post import ProjectPost
from launchdarkly_api.models.project_rep import ProjectRep

from tests.end_to_end.harness import TOKEN, Muster, running
from tests.end_to_end.official_client import DATABASES, client, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

_numbers = count(1)


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def projects(server: Muster) -> ProjectsApi:
    """The API of projects, for an admin."""
    return ProjectsApi(client(server, TOKEN))


@pytest.fixture(scope="module")
def environments(server: Muster) -> EnvironmentsApi:
    """The API of environments, for an admin."""
    return EnvironmentsApi(client(server, TOKEN))


def new_token(server: Muster, **fields: object) -> str:
    """Make a service token; return its secret."""
    made = server.client.post(
        "/api/v2/tokens", json={"name": "t", "serviceToken": True, "role": "reader", **fields}
    )
    return str(made.raise_for_status().json()["token"])


def new_project(projects: ProjectsApi, **fields: object) -> ProjectRep:
    """Make a project with a key of its own."""
    key = f"p{next(_numbers)}"
    wanted = ProjectPost.from_dict({"key": key, "name": key.upper(), **fields})
    assert wanted is not None
    return projects.post_project(wanted)


def new_environment(environments: EnvironmentsApi, project: str, **fields: object) -> Environment:
    """Make an environment."""
    wanted = EnvironmentPost.from_dict({"key": "e", "name": "E", "color": "AbCdEf", **fields})
    assert wanted is not None
    return environments.post_environment(project, wanted)


def replace(path: str, value: object) -> PatchOperation:
    """Return the operation that replaces a value."""
    return PatchOperation(op="replace", path=path, value=value)


class TestProjects:
    def test_one_is_made_found_and_deleted(self, projects: ProjectsApi) -> None:
        made = new_project(
            projects,
            tags=["eu", "a", "eu"],
            includeInSnippetByDefault=True,
            defaultClientSideAvailability={"usingEnvironmentId": True, "usingMobileKey": False},
        )
        assert made.tags == ["a", "eu"]
        assert sorted(one.key for one in made.environments) == ["production", "test"]
        found = projects.get_project(made.key)
        assert (found.id, found.include_in_snippet_by_default) == (made.id, True)
        assert found.default_client_side_availability is not None
        assert found.default_client_side_availability.using_environment_id
        assert not found.default_client_side_availability.using_mobile_key
        assert found.environments is None
        expanded = projects.get_project(made.key, expand="environments")
        assert expanded.environments is not None
        assert expanded.environments.items == made.environments
        projects.delete_project(made.key)
        with pytest.raises(NotFoundException):
            projects.get_project(made.key)

    def test_one_is_made_with_its_environments(self, projects: ProjectsApi) -> None:
        made = new_project(
            projects,
            environments=[{"key": "live", "name": "L", "color": "ffffff", "critical": True}],
        )
        (live,) = made.environments
        assert (live.key, live.critical) == ("live", True)
        assert live.api_key.startswith("sdk-")
        assert live.mobile_key.startswith("mob-")

    def test_they_are_listed_page_by_page(self, projects: ProjectsApi) -> None:
        made = [new_project(projects, tags=["paged"]).key for _ in range(3)]
        first = projects.get_projects(filter="tags:paged", sort="-name", limit=2)
        assert [one.key for one in first.items] == sorted(made, reverse=True)[:2]
        assert first.total_count == 3
        following = str(first.links["next"].href)
        assert "filter=tags%3Apaged" in following
        assert "sort=-name" in following
        last = projects.get_projects(filter="tags:paged", sort="-name", limit=2, offset=2)
        assert [one.key for one in last.items] == sorted(made)[:1]
        wanted = f"keys:{made[0]}|{made[1]},query:{made[0].upper()}"
        (found,) = projects.get_projects(filter=wanted, expand="environments").items
        assert found.key == made[0]
        assert found.environments is not None
        assert found.environments.total_count == 2
        assert projects.get_projects(filter="tags:paged+other").items == []

    def test_one_is_changed_by_a_patch(self, projects: ProjectsApi) -> None:
        made = new_project(projects)
        changed = projects.patch_project(
            made.key,
            [
                replace("/name", "Renamed"),
                PatchOperation(op="add", path="/tags/-", value="b"),
                PatchOperation(op="add", path="/tags/0", value="c"),
                replace("/includeInSnippetByDefault", True),
                replace("/defaultClientSideAvailability/usingEnvironmentId", True),
            ],
        )
        assert (changed.name, changed.tags) == ("Renamed", ["b", "c"])
        assert changed.include_in_snippet_by_default
        assert len(changed.environments) == 2
        assert projects.get_project(made.key).tags == ["b", "c"]

    def test_what_is_refused_raises_its_class(self, projects: ProjectsApi, server: Muster) -> None:
        made = new_project(projects)
        post = ProjectPost(key=made.key, name="Again")
        with pytest.raises(ConflictException) as refused:
            projects.post_project(post)
        assert refused.value.data is not None
        assert refused.value.data.code == "conflict"
        for wrong in (
            ProjectPost(key="no key", name="n"),
            ProjectPost(key="k", name=""),
            ProjectPost(key="k", name="n", tags=["no tag"]),
        ):
            with pytest.raises(BadRequestException):
                projects.post_project(wrong)
        for patch in (
            [replace("/key", "other")],
            [replace("/name", 7)],
            [replace("/tags", ["no tag"])],
            [replace("/defaultClientSideAvailability", None)],
            [PatchOperation(op="remove", path="/name")],
        ):
            with pytest.raises(BadRequestException):
                projects.patch_project(made.key, patch)
        with pytest.raises(ConflictException):
            projects.patch_project(
                made.key, [PatchOperation(op="test", path="/name", value="other")]
            )
        with pytest.raises(UnprocessableEntityException):
            projects.patch_project(made.key, [PatchOperation(op="remove", path="/nothing")])
        with pytest.raises(BadRequestException):
            projects.get_projects(sort="colour")
        for wanted in ("colour:red", "query"):
            with pytest.raises(BadRequestException):
                projects.get_projects(filter=wanted)
        with pytest.raises(NotFoundException):
            projects.patch_project("nowhere", [])
        with pytest.raises(NotFoundException):
            projects.delete_project("nowhere")
        reader = ProjectsApi(client(server, new_token(server)))
        for refuse in (
            lambda: reader.post_project(ProjectPost(key="mine", name="n")),
            lambda: reader.patch_project(made.key, [replace("/name", "mine")]),
            lambda: reader.delete_project(made.key),
        ):
            with pytest.raises(ForbiddenException):
                refuse()
        with pytest.raises(UnauthorizedException):
            ProjectsApi(client(server, "api-unknown")).get_projects()

    def test_one_that_may_not_be_viewed_is_not_there(
        self, projects: ProjectsApi, server: Muster
    ) -> None:
        hidden, shown = new_project(projects).key, new_project(projects).key
        policy = [{"effect": "allow", "actions": ["*"], "resources": [f"proj/{shown}"]}]
        narrow = ProjectsApi(client(server, new_token(server, role=None, inlineRole=policy)))
        assert [one.key for one in narrow.get_projects().items] == [shown]
        with pytest.raises(NotFoundException):
            narrow.get_project(hidden)
        with pytest.raises(NotFoundException):
            narrow.delete_project(hidden)

    def test_the_last_one_stays(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as alone:
            with pytest.raises(BadRequestException) as refused:
                ProjectsApi(client(alone, TOKEN)).delete_project("default")
            assert refused.value.data is not None
            assert "last project" in refused.value.data.message


class TestEnvironments:
    def test_one_is_made_found_listed_and_deleted(
        self, projects: ProjectsApi, environments: EnvironmentsApi
    ) -> None:
        project = new_project(projects).key
        made = new_environment(
            environments,
            project,
            key="a",
            tags=["b", "a"],
            critical=True,
            defaultTtl=60,
            secureMode=True,
            defaultTrackEvents=True,
            requireComments=True,
            confirmChanges=True,
        )
        assert (made.tags, made.default_ttl, made.color) == (["a", "b"], 60, "AbCdEf")
        assert made.secure_mode and made.default_track_events  # noqa: PT018
        assert made.require_comments and made.confirm_changes  # noqa: PT018
        assert environments.get_environment(project, "a") == made
        listed = environments.get_environments_by_project(
            project, filter="critical:true", sort="-critical,name"
        )
        assert (listed.items, listed.total_count) == ([made], 1)
        page = environments.get_environments_by_project(project, limit=1, offset=1, sort="name")
        assert [one.key for one in page.items] == ["production"]
        assert page.total_count == 3
        environments.delete_environment(project, "a")
        with pytest.raises(NotFoundException):
            environments.get_environment(project, "a")

    def test_one_is_changed_by_a_patch(
        self, projects: ProjectsApi, environments: EnvironmentsApi
    ) -> None:
        project = new_project(projects).key
        before = environments.get_environment(project, "test")
        changed = environments.patch_environment(
            project,
            "test",
            [
                replace("/name", "Renamed"),
                replace("/color", "000000"),
                replace("/defaultTtl", 5),
                replace("/secureMode", True),
                replace("/defaultTrackEvents", True),
                replace("/requireComments", True),
                replace("/confirmChanges", True),
                replace("/critical", True),
                PatchOperation(op="add", path="/tags/-", value="x"),
            ],
        )
        assert (changed.name, changed.color, changed.tags) == ("Renamed", "000000", ["x"])
        assert (changed.default_ttl, changed.critical) == (5, True)
        assert changed.secure_mode
        assert changed.default_track_events
        assert changed.require_comments
        assert changed.confirm_changes
        assert (changed.id, changed.api_key) == (before.id, before.api_key)
        assert environments.get_environment(project, "test") == changed

    def test_other_keys(self, projects: ProjectsApi, environments: EnvironmentsApi) -> None:
        project = new_project(projects).key
        first = environments.get_environment(project, "test")
        expiry = int(time.time() * 1000) + 3_600_000
        second = environments.reset_environment_sdk_key(project, "test", expiry=expiry)
        third = environments.reset_environment_sdk_key(project, "test")
        assert len({one.api_key for one in (first, second, third)}) == 3
        assert third.mobile_key == first.mobile_key
        other = environments.reset_environment_mobile_key(project, "test")
        assert other.mobile_key != first.mobile_key
        assert other.api_key == third.api_key
        assert environments.get_environment(project, "test") == other
        with pytest.raises(BadRequestException):
            environments.reset_environment_sdk_key(project, "test", expiry=1)

    def test_the_sdk_key_is_for_whoever_may_view_it(
        self, projects: ProjectsApi, server: Muster
    ) -> None:
        made = new_project(projects)
        policy = [{"effect": "allow", "actions": ["viewProject"], "resources": ["proj/*"]}]
        viewer = client(server, new_token(server, role=None, inlineRole=policy))
        found = EnvironmentsApi(viewer).get_environment(made.key, "test")
        whole = next(one for one in made.environments if one.key == "test")
        assert found.api_key == f"sdk-********{whole.api_key[-4:]}"
        assert (found.id, found.mobile_key) == (whole.id, whole.mobile_key)

    def test_what_is_refused_raises_its_class(
        self, projects: ProjectsApi, environments: EnvironmentsApi, server: Muster
    ) -> None:
        project = new_project(projects).key
        with pytest.raises(ConflictException):
            new_environment(environments, project, key="test")
        for wrong in (
            {"key": "no key"},
            {"color": "#ffffff"},
            {"defaultTtl": 61},
            {"source": {"key": "production"}},
        ):
            with pytest.raises(BadRequestException):
                new_environment(environments, project, **wrong)
        for patch in ([replace("/apiKey", "mine")], [replace("/critical", 1)]):
            with pytest.raises(BadRequestException):
                environments.patch_environment(project, "test", patch)
        with pytest.raises(BadRequestException):
            environments.get_environments_by_project(project, filter="critical:perhaps")
        with pytest.raises(NotFoundException):
            new_environment(environments, "nowhere")
        for missing in (
            lambda: environments.get_environments_by_project("nowhere"),
            lambda: environments.get_environment(project, "nowhere"),
            lambda: environments.patch_environment(project, "nowhere", []),
            lambda: environments.delete_environment(project, "nowhere"),
            lambda: environments.reset_environment_sdk_key(project, "nowhere"),
            lambda: environments.reset_environment_mobile_key(project, "nowhere"),
        ):
            with pytest.raises(NotFoundException):
                missing()
        reader = EnvironmentsApi(client(server, new_token(server)))
        assert reader.get_environment(project, "test").key == "test"
        for refuse in (
            lambda: new_environment(reader, project),
            lambda: reader.patch_environment(project, "test", [replace("/name", "mine")]),
            lambda: reader.delete_environment(project, "test"),
            lambda: reader.reset_environment_sdk_key(project, "test"),
            lambda: reader.reset_environment_mobile_key(project, "test"),
        ):
            with pytest.raises(ForbiddenException):
                refuse()

    def test_the_last_one_stays(self, projects: ProjectsApi, environments: EnvironmentsApi) -> None:
        project = new_project(projects).key
        environments.delete_environment(project, "test")
        with pytest.raises(BadRequestException):
            environments.delete_environment(project, "production")


class TestOther:
    def test_the_root_leads_somewhere(self, server: Muster) -> None:
        other = OtherApi(client(server, "api-of-nobody"))
        root = other.get_root()
        assert root.links["projects"].href == "/api/v2/projects"
        for link in root.links.values():
            assert server.client.get(str(link.href)).status_code == 200
        assert other.get_ips().addresses == []
        assert OtherApi(client(server, TOKEN)).get_versions().current_version == 20240415
        other.get_openapi_spec()

    def test_who_is_asking(self, server: Muster) -> None:
        admin = OtherApi(client(server, TOKEN)).get_caller_identity()
        assert (admin.token_name, admin.token_kind) == ("bootstrap", "personal")
        assert admin.member_id is not None
        assert admin.service_token is False
        service = OtherApi(client(server, new_token(server))).get_caller_identity()
        assert (service.service_token, service.member_id) == (True, None)
        assert service.account_id == admin.account_id
        with pytest.raises(UnauthorizedException):
            OtherApi(client(server, "api-unknown")).get_caller_identity()

    def test_an_sdk_key_and_a_mobile_key_say_what_they_are_of(
        self, server: Muster, projects: ProjectsApi, environments: EnvironmentsApi
    ) -> None:
        project = new_project(projects, name="The shop")
        place = project.environments[0]
        for kind, key in (("sdk", place.api_key), ("mobile", place.mobile_key)):
            caller = OtherApi(client(server, key)).get_caller_identity()
            assert caller.auth_kind == kind
            assert (caller.environment_id, caller.environment_name) == (place.id, place.name)
            assert (caller.project_id, caller.project_name) == (project.id, "The shop")
            assert caller.account_id is not None
            assert (caller.token_id, caller.member_id, caller.service_token) == (None, None, None)
        soon = int(time.time() * 1000) + 60_000
        environments.reset_environment_sdk_key(project.key, place.key, expiry=soon)
        old = OtherApi(client(server, place.api_key)).get_caller_identity()
        assert old.environment_id == place.id
        environments.reset_environment_sdk_key(project.key, place.key)
        time.sleep(1.0)
        with pytest.raises(UnauthorizedException):
            OtherApi(client(server, place.api_key)).get_caller_identity()

    def test_a_key_is_good_for_nothing_else_and_one_that_is_none_is_told_no_more(
        self, server: Muster, projects: ProjectsApi
    ) -> None:
        place = new_project(projects).environments[0]

        def refusal(key: str, path: str) -> str:
            answer = server.client.get(f"/api/v2/{path}", headers={"Authorization": key})
            assert answer.status_code == 401
            said: str = answer.json()["message"]
            return said

        for key in (place.api_key, place.mobile_key):
            unknown = key[:-1] + ("0" if key[-1] != "0" else "1")
            said = refusal(key, "projects")
            assert said == refusal(unknown, "projects") == refusal(unknown, "caller-identity")
        assert "client-side ID" in refusal(place.id, "caller-identity")
