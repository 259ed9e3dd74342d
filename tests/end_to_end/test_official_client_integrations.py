"""Configurations of integrations by LaunchDarkly's own Python client: unmodified, against a real server,
on SQLite and on PostgreSQL."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.integrations_beta_api import IntegrationsBetaApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.access_token_post import AccessTokenPost
from launchdarkly_api.models.integration_configuration_post import IntegrationConfigurationPost
from launchdarkly_api.models.integration_configurations_rep import IntegrationConfigurationsRep
from launchdarkly_api.models.patch_operation import PatchOperation

from tests.configurations.integrations.forms import API_KEY, REGION, SITE
from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database
from tests.manifests.documents import document

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

CONFIGURATIONS = "/api/v2/integration-configurations"
SECRET = "a-s3cret-of-acme"
VALUES = {"region": "eu", "apiKey": SECRET}


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server on each kind of database, which has an integration Acme that asks for values."""
    folder = tmp_path_factory.mktemp("integrations")
    (folder / "acme").mkdir()
    manifest = document(formVariables=[REGION, API_KEY, SITE])
    (folder / "acme" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with running_on_database(request, tmp_path_factory, "--catalog", str(folder)) as started:
        yield started


@pytest.fixture(scope="module")
def integrations(server: Muster) -> IntegrationsBetaApi:
    """The API of integration configurations, for an admin."""
    return IntegrationsBetaApi(client(server, TOKEN))


def make(
    integrations: IntegrationsBetaApi, key: str = "acme", **fields: Any
) -> IntegrationConfigurationsRep:
    """Make a configuration."""
    values = VALUES if key.lower() == "acme" else {}
    wanted = IntegrationConfigurationPost.from_dict({"name": "n", "configValues": values, **fields})
    assert wanted is not None
    return integrations.create_integration_configuration(key, wanted)


def operations(*patch: dict[str, Any]) -> list[PatchOperation]:
    return [PatchOperation(**one) for one in patch]


def replaced(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def test_one_is_made_found_listed_and_deleted(integrations: IntegrationsBetaApi) -> None:
    made = make(
        integrations, "ACME", name="Acme", tags=["us", "eu"], enabled=False, capabilityConfig={}
    )
    assert (made.name, made.tags, made.enabled) == ("Acme", ["eu", "us"], False)
    assert (made.integration_key, made.config_values) == (
        "acme",
        {"region": "eu", "apiKey": "********"},
    )
    assert made.created_at is not None
    assert time.time() * 1000 - 60_000 < made.created_at <= time.time() * 1000
    assert made.links["self"].href == f"{CONFIGURATIONS}/{made.id}"
    assert made.links["parent"].href == f"{CONFIGURATIONS}/keys/acme"
    assert integrations.get_integration_configuration(made.id) == made
    for key in ("acme", "Acme"):
        assert made in integrations.get_all_integration_configurations(key).items
    integrations.delete_integration_configuration(made.id)
    for call in (
        integrations.get_integration_configuration,
        integrations.delete_integration_configuration,
    ):
        with pytest.raises(NotFoundException) as refused:
            call(made.id)
        assert refused.value.data is not None


def test_an_integration_that_asks_for_nothing_gets_nothing(
    integrations: IntegrationsBetaApi,
) -> None:
    made = make(integrations, "hightouch")
    assert (made.enabled, made.tags, made.config_values) == (True, [], {})
    assert integrations.get_all_integration_configurations("hightouch").items == [made]
    with pytest.raises(BadRequestException) as refused:
        make(integrations, "hightouch", configValues={"apiKey": "x"})
    assert "It asks for no values" in str(refused.value.body)


def test_one_is_changed_by_a_patch_and_keeps_its_secret(
    server: Muster, integrations: IntegrationsBetaApi
) -> None:
    made = make(integrations)
    changed = integrations.update_integration_configuration(
        made.id,
        operations(
            replaced("/name", "renamed"),
            replaced("/enabled", False),
            {"op": "add", "path": "/tags/-", "value": "eu"},
            replaced("/configValues/region", "us"),
            replaced("/configValues/site", "https://example.com"),
        ),
    )
    assert (changed.name, changed.enabled, changed.tags) == ("renamed", False, ["eu"])
    assert changed.config_values == {
        "region": "us",
        "site": "https://example.com",
        "apiKey": "********",
    }
    assert integrations.get_integration_configuration(made.id) == changed
    audit = AuditLogApi(client(server, TOKEN))
    [entry] = audit.get_audit_log_entries(spec="integration/acme", limit=1).items
    assert entry.title_verb == "updated the integration configuration"
    assert [access.action for access in entry.accesses] == [
        *("updateName", "updateOn", "updateTags", "updateConfiguration")
    ]


def test_what_is_refused_raises_its_class(
    server: Muster, integrations: IntegrationsBetaApi
) -> None:
    made = make(integrations)
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "1 to 256"),
        ({"tags": ["a b"]}, "no tag"),
        ({"configValues": {"region": "eu"}}, "asks for apiKey"),
        ({"configValues": {**VALUES, "region": "mars"}}, "one of eu, us"),
        ({"configValues": {**VALUES, "site": "example.com"}}, "https://"),
        ({"configValues": {**VALUES, "apiKey": 7}}, "a number was found"),
        ({"configValues": {**VALUES, "apiKey": "********"}}, "send apiKey itself"),
        ({"configValues": {**VALUES, "tokn": "x"}}, "region, apiKey, site"),
    ]
    for wrong, said in wrongs:
        with pytest.raises(BadRequestException) as refused:
            make(integrations, **wrong)
        assert refused.value.data is not None
        assert refused.value.data.code == "invalid_request"
        assert said in str(refused.value.data.message)
    with pytest.raises(NotFoundException):
        make(integrations, "nowhere")
    with pytest.raises(NotFoundException):
        integrations.get_all_integration_configurations("nowhere")
    for operation, error in (
        (replaced("/_integrationKey", "hightouch"), BadRequestException),
        (replaced("/enabled", "yes"), BadRequestException),
        (replaced("/configValues", []), BadRequestException),
        ({"op": "remove", "path": "/configValues/apiKey"}, BadRequestException),
        ({"op": "test", "path": "/name", "value": "other"}, ConflictException),
        ({"op": "remove", "path": "/tags/7"}, UnprocessableEntityException),
    ):
        with pytest.raises(error):
            integrations.update_integration_configuration(made.id, operations(operation))
    assert integrations.get_integration_configuration(made.id) == made
    with pytest.raises(UnauthorizedException):
        IntegrationsBetaApi(client(server, "api-unknown")).get_all_integration_configurations(
            "acme"
        )


def test_a_reader_sees_them_and_a_stranger_does_not(
    server: Muster, integrations: IntegrationsBetaApi
) -> None:
    made = make(integrations)
    tokens = AccessTokensApi(client(server, TOKEN))

    def seen_by(**fields: Any) -> IntegrationsBetaApi:
        wanted = AccessTokenPost.from_dict({"name": "t", "serviceToken": True, **fields})
        assert wanted is not None
        secret = tokens.post_token(wanted).token
        assert secret is not None
        return IntegrationsBetaApi(client(server, secret))

    reader = seen_by(role="reader")
    assert reader.get_integration_configuration(made.id) == made
    with pytest.raises(ForbiddenException):
        make(reader)
    with pytest.raises(ForbiddenException):
        reader.delete_integration_configuration(made.id)
    all_of_projects = {"effect": "allow", "actions": ["*"], "resources": ["proj/*"]}
    stranger = seen_by(inlineRole=[all_of_projects])
    assert stranger.get_all_integration_configurations("acme").items == []
    with pytest.raises(NotFoundException):
        stranger.get_integration_configuration(made.id)


def test_secrets_are_told_nowhere(server: Muster, integrations: IntegrationsBetaApi) -> None:
    made = make(integrations)
    with pytest.raises(BadRequestException) as refused:
        make(integrations, configValues={**VALUES, "apiKey": f"{SECRET}\N{NULL}"})
    with pytest.raises(BadRequestException) as untyped:
        make(integrations, configValues={**VALUES, "apiKey": [SECRET]})
    audit = AuditLogApi(client(server, TOKEN))
    entries = audit.get_audit_log_entries(spec="integration/acme", limit=20).items
    told = [
        str(refused.value.body),
        str(untyped.value.body),
        server.log.read_text(),
        *(
            server.client.get(path).text
            for path in (f"{CONFIGURATIONS}/keys/acme", f"{CONFIGURATIONS}/{made.id}")
        ),
        *(server.client.get(f"/api/v2/auditlog/{entry.id}").text for entry in entries),
    ]
    assert "region" in told[-1]
    assert not any(SECRET in text for text in told)
