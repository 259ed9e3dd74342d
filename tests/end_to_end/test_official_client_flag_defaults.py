"""LaunchDarkly's own Python client on what a project's new flags have: on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.feature_flags_api import FeatureFlagsApi
from launchdarkly_api.api.projects_api import ProjectsApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.project_post import ProjectPost
from launchdarkly_api.models.upsert_flag_defaults_payload import UpsertFlagDefaultsPayload

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database
from tests.end_to_end.official_flags import new_flag

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

NAMED = {
    "trueDisplayName": "Shown",
    "falseDisplayName": "Hidden",
    "trueDescription": "People see it.",
    "falseDescription": "",
    "onVariation": 1,
    "offVariation": 0,
}
WANTED = {
    "tags": ["web", "beta", "web"],
    "temporary": False,
    "booleanDefaults": NAMED,
    "defaultClientSideAvailability": {"usingMobileKey": False, "usingEnvironmentId": True},
}
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


@pytest.fixture
def project(projects: ProjectsApi) -> str:
    """The key of a new project."""
    key = f"p{next(_numbers)}"
    projects.post_project(ProjectPost(key=key, name=key.upper()))
    return key


@pytest.fixture(scope="module")
def flags(server: Muster) -> FeatureFlagsApi:
    """The API of flags, for an admin."""
    return FeatureFlagsApi(client(server, TOKEN))


def payload(**changes: Any) -> UpsertFlagDefaultsPayload:
    """Return what new flags are to have."""
    wanted = UpsertFlagDefaultsPayload.from_dict({**WANTED, **changes})
    assert wanted is not None
    return wanted


def replace(path: str, value: object) -> PatchOperation:
    """Return the operation that replaces a value."""
    return PatchOperation(op="replace", path=path, value=value)


def test_at_first_nothing_was_said(projects: ProjectsApi, project: str) -> None:
    found = projects.get_flag_defaults_by_project(project)
    assert (found.tags, found.temporary) == ([], True)
    assert found.boolean_defaults is not None
    assert (found.boolean_defaults.on_variation, found.boolean_defaults.off_variation) == (0, 1)
    assert found.boolean_defaults.true_display_name == ""
    assert found.default_client_side_availability is not None
    assert found.default_client_side_availability.using_mobile_key is True
    href = projects.get_project(project).links["flagDefaults"].href
    assert href == f"/api/v2/projects/{project}/flag-defaults"


def test_a_new_flag_has_what_was_put(
    projects: ProjectsApi, flags: FeatureFlagsApi, project: str
) -> None:
    older = new_flag(flags, project)
    put = projects.put_flag_defaults_by_project(project, payload())
    assert put.tags == ["beta", "web"]
    found = projects.get_flag_defaults_by_project(project)
    assert found.to_dict() == put.to_dict()
    made = new_flag(flags, project, isFlagOn=True)
    assert (made.tags, made.temporary) == (["beta", "web"], False)
    assert made.client_side_availability is not None
    assert made.client_side_availability.using_environment_id is True
    assert [(one.value, one.name, one.description) for one in made.variations] == [
        (True, "Shown", "People see it."),
        (False, "Hidden", None),
    ]
    assert made.defaults is not None
    assert (made.defaults.on_variation, made.defaults.off_variation) == (1, 0)
    live = (made.environments or {})["production"]
    assert live.fallthrough is not None
    assert (live.fallthrough.variation, live.off_variation) == (1, 0)
    assert flags.get_feature_flag(project, older.key) == older


def test_what_a_request_says_comes_first(
    projects: ProjectsApi, flags: FeatureFlagsApi, project: str
) -> None:
    projects.put_flag_defaults_by_project(project, payload())
    made = new_flag(
        flags,
        project,
        tags=[],
        temporary=True,
        clientSideAvailability={"usingEnvironmentId": False, "usingMobileKey": False},
        defaults={"onVariation": 0, "offVariation": 1},
    )
    assert (made.tags, made.temporary) == ([], True)
    assert made.client_side_availability is not None
    assert made.client_side_availability.using_environment_id is False
    assert made.defaults is not None
    assert (made.defaults.on_variation, made.defaults.off_variation) == (0, 1)
    of_words = new_flag(flags, project, variations=[{"value": word} for word in "abc"])
    assert of_words.tags == ["beta", "web"]
    assert [one.name for one in of_words.variations] == [None] * 3
    assert of_words.defaults is not None
    assert (of_words.defaults.on_variation, of_words.defaults.off_variation) == (0, 2)


def test_the_availability_is_the_project_s(projects: ProjectsApi, project: str) -> None:
    patch = [replace("/defaultClientSideAvailability/usingEnvironmentId", True)]
    changed = projects.patch_flag_defaults_by_project(project, patch)
    assert changed.default_client_side_availability.using_environment_id is True
    shown = projects.get_project(project).default_client_side_availability
    assert shown is not None
    assert shown.using_environment_id is True
    projects.patch_project(
        project, [replace("/defaultClientSideAvailability/usingMobileKey", False)]
    )
    found = projects.get_flag_defaults_by_project(project).default_client_side_availability
    assert found is not None
    assert (found.using_environment_id, found.using_mobile_key) == (True, False)


def test_a_patch_changes_a_part_and_is_one_entry_of_the_audit_log(
    server: Muster, projects: ProjectsApi, project: str
) -> None:
    changed = projects.patch_flag_defaults_by_project(
        project,
        [
            PatchOperation(op="add", path="/tags/-", value="x"),
            replace("/booleanDefaults/trueDisplayName", "Yes"),
            replace("/defaultClientSideAvailability/usingMobileKey", False),
        ],
    )
    assert (changed.tags, changed.boolean_defaults.true_display_name) == (["x"], "Yes")
    log = AuditLogApi(client(server, TOKEN))
    newest = log.get_audit_log_entries(limit=1).items[0]
    assert newest.kind == "project"
    assert {(one.action, one.resource) for one in newest.accesses} == {
        ("updateProjectFlagDefaults", f"proj/{project}"),
        ("updateDefaultClientSideAvailability", f"proj/{project}"),
    }
    entry = log.get_audit_log_entry(newest.id)
    before, after = entry.previous_version, entry.current_version
    assert before is not None
    assert after is not None
    assert before["flagDefaults"]["tags"] == []
    assert after["flagDefaults"]["tags"] == ["x"]
    assert after["flagDefaults"]["booleanDefaults"]["trueDisplayName"] == "Yes"
    projects.patch_flag_defaults_by_project(project, [replace("/temporary", True)])
    assert log.get_audit_log_entries(limit=1).items[0].id == newest.id, "it was so already"


def test_what_is_refused_raises_its_class(
    server: Muster, projects: ProjectsApi, project: str
) -> None:
    for changes in (
        {"tags": ["no tag"]},
        {"booleanDefaults": {**NAMED, "onVariation": 2}},
        {"booleanDefaults": {**NAMED, "trueDisplayName": "a\0b"}},
    ):
        with pytest.raises(BadRequestException):
            projects.put_flag_defaults_by_project(project, payload(**changes))
    for patch in (
        [replace("/temporary", "yes")],
        [replace("/key", "other")],
        [replace("/booleanDefaults/offVariation", None)],
        [PatchOperation(op="remove", path="/defaultClientSideAvailability")],
    ):
        with pytest.raises(BadRequestException):
            projects.patch_flag_defaults_by_project(project, patch)
    wrong = PatchOperation(op="test", path="/temporary", value=False)
    with pytest.raises(ConflictException):
        projects.patch_flag_defaults_by_project(project, [wrong])
    nowhere = PatchOperation(op="remove", path="/tags/3")
    with pytest.raises(UnprocessableEntityException):
        projects.patch_flag_defaults_by_project(project, [nowhere])
    with pytest.raises(NotFoundException):
        projects.get_flag_defaults_by_project("nowhere")
    path = f"/api/v2/projects/{project}/flag-defaults"
    incomplete = server.client.put(path, json={"tags": [], "temporary": True})
    assert incomplete.status_code == 400
    assert "booleanDefaults" in incomplete.json()["message"]
    found = projects.get_flag_defaults_by_project(project)
    assert (found.tags, found.temporary) == ([], True), "nothing of it was done"


def test_each_part_takes_its_action(server: Muster, projects: ProjectsApi, project: str) -> None:
    statements = [
        {
            "effect": "allow",
            "actions": ["viewProject", "updateProjectFlagDefaults"],
            "resources": ["proj/*"],
        }
    ]
    made = server.client.post(
        "/api/v2/tokens", json={"name": "t", "serviceToken": True, "inlineRole": statements}
    )
    narrow = ProjectsApi(client(server, made.json()["token"]))
    narrow.patch_flag_defaults_by_project(project, [replace("/tags", ["x"])])
    with pytest.raises(ForbiddenException, match="updateDefaultClientSideAvailability"):
        narrow.put_flag_defaults_by_project(project, payload())
    assert projects.get_flag_defaults_by_project(project).tags == ["x"]
