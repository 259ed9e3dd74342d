"""Relay Proxy configurations by LaunchDarkly's own Python client: unmodified, against a real server, on
SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.relay_proxy_configurations_api import RelayProxyConfigurationsApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.access_token_post import AccessTokenPost
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.patch_with_comment import PatchWithComment
from launchdarkly_api.models.relay_auto_config_post import RelayAutoConfigPost
from launchdarkly_api.models.relay_auto_config_rep import RelayAutoConfigRep

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

RELAYS = "/api/v2/account/relay-auto-configs"
ALL = {"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/*"]}
NO_PRODUCTION = {"effect": "deny", "actions": ["*"], "resources": ["proj/*:env/production"]}


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def relays(server: Muster) -> RelayProxyConfigurationsApi:
    """The API of Relay Proxy configurations, for an admin."""
    return RelayProxyConfigurationsApi(client(server, TOKEN))


def make(relays: RelayProxyConfigurationsApi, **fields: Any) -> RelayAutoConfigRep:
    """Make a configuration."""
    wanted = RelayAutoConfigPost.from_dict({"name": "relay", "policy": [ALL], **fields})
    assert wanted is not None
    return relays.post_relay_auto_config(wanted)


def patch(*operations: dict[str, Any], comment: str | None = None) -> PatchWithComment:
    return PatchWithComment(patch=[PatchOperation(**one) for one in operations], comment=comment)


def test_one_is_made_found_listed_and_deleted(relays: RelayProxyConfigurationsApi) -> None:
    made = make(relays, policy=[ALL, NO_PRODUCTION])
    assert [one.to_dict() for one in made.policy] == [ALL, NO_PRODUCTION]
    assert made.full_key is not None
    assert made.full_key.startswith("rel-")
    assert made.display_key == made.full_key[-4:]
    assert time.time() * 1000 - 60_000 < made.creation_date <= time.time() * 1000
    found = relays.get_relay_proxy_config(made.id)
    assert found == made.model_copy(update={"full_key": None})
    assert found in relays.get_relay_proxy_configs().items
    relays.delete_relay_auto_config(made.id)
    for call in (relays.get_relay_proxy_config, relays.delete_relay_auto_config):
        with pytest.raises(NotFoundException) as refused:
            call(made.id)
        assert refused.value.data is not None


def test_one_is_changed_by_a_patch_with_a_comment(
    server: Muster, relays: RelayProxyConfigurationsApi
) -> None:
    made = make(relays)
    changed = relays.patch_relay_auto_config(
        made.id,
        patch(
            {"op": "replace", "path": "/name", "value": "renamed"},
            {"op": "add", "path": "/policy/-", "value": NO_PRODUCTION},
            comment="not production",
        ),
    )
    assert (changed.name, changed.full_key) == ("renamed", None)
    assert [one.to_dict() for one in changed.policy] == [ALL, NO_PRODUCTION]
    assert changed.last_modified >= made.last_modified
    assert relays.get_relay_proxy_config(made.id) == changed
    audit = AuditLogApi(client(server, TOKEN))
    [entry] = audit.get_audit_log_entries(spec=f"relay-proxy-config/{made.id}", limit=1).items
    assert entry.title_verb == "updated the Relay Proxy configuration"
    assert entry.comment == "not production"
    assert [access.action for access in entry.accesses] == [
        "updateRelayAutoConfigurationName",
        "updateRelayAutoConfigurationPolicy",
    ]
    answer = server.client.patch(f"{RELAYS}/{made.id}", json={"name": "by a merge patch"})
    assert (answer.status_code, answer.json()["name"]) == (200, "by a merge patch")


def test_a_reset_gives_another_key(relays: RelayProxyConfigurationsApi) -> None:
    made = make(relays)
    reset = relays.reset_relay_auto_config(made.id)
    assert reset.full_key is not None
    assert reset.full_key not in (None, made.full_key)
    assert reset.display_key == reset.full_key[-4:]
    again = relays.reset_relay_auto_config(made.id, expiry=int(time.time() + 3600) * 1000)
    assert again.full_key not in (made.full_key, reset.full_key)
    found = relays.get_relay_proxy_config(made.id)
    assert (found.display_key, found.full_key) == (again.display_key, None)
    with pytest.raises(BadRequestException) as refused:
        relays.reset_relay_auto_config(made.id, expiry=1)
    assert "not in the future" in str(refused.value.body)
    with pytest.raises(NotFoundException):
        relays.reset_relay_auto_config("nowhere")


def test_what_is_refused_raises_its_class(
    server: Muster, relays: RelayProxyConfigurationsApi
) -> None:
    made = make(relays)
    wrongs: list[dict[str, Any]] = [
        {"name": " "},
        {"policy": []},
        {"policy": [{"effect": "allow", "actions": ["*"]}]},
        {"policy": [{**ALL, "resources": ["project/x"]}]},
        {"policy": [{**ALL, "resources": ["proj/\ud800"]}]},
    ]
    for wrong in wrongs:
        with pytest.raises(BadRequestException) as refused:
            make(relays, **wrong)
        assert refused.value.data is not None
        assert refused.value.data.code == "invalid_request"
    for operation, error in (
        ({"op": "replace", "path": "/displayKey", "value": "abcd"}, BadRequestException),
        ({"op": "replace", "path": "/name", "value": 7}, BadRequestException),
        ({"op": "replace", "path": "/policy", "value": "all"}, BadRequestException),
        ({"op": "test", "path": "/name", "value": "other"}, ConflictException),
        ({"op": "remove", "path": "/policy/7"}, UnprocessableEntityException),
    ):
        with pytest.raises(error):
            relays.patch_relay_auto_config(made.id, patch(operation))
    with pytest.raises(NotFoundException):
        relays.patch_relay_auto_config("nowhere", patch())
    with pytest.raises(UnauthorizedException):
        RelayProxyConfigurationsApi(client(server, "api-unknown")).get_relay_proxy_configs()


def test_a_reader_sees_them_and_a_stranger_does_not(
    server: Muster, relays: RelayProxyConfigurationsApi
) -> None:
    made = make(relays)
    tokens = AccessTokensApi(client(server, TOKEN))

    def seen_by(**fields: Any) -> RelayProxyConfigurationsApi:
        wanted = AccessTokenPost.from_dict({"name": "t", "serviceToken": True, **fields})
        assert wanted is not None
        secret = tokens.post_token(wanted).token
        assert secret is not None
        return RelayProxyConfigurationsApi(client(server, secret))

    reader = seen_by(role="reader")
    found = reader.get_relay_proxy_config(made.id)
    assert found in reader.get_relay_proxy_configs().items
    for call in (reader.delete_relay_auto_config, reader.reset_relay_auto_config):
        with pytest.raises(ForbiddenException):
            call(made.id)
    with pytest.raises(ForbiddenException):
        make(reader)
    stranger = seen_by(inlineRole=[ALL])
    assert stranger.get_relay_proxy_configs().items == []
    with pytest.raises(NotFoundException):
        stranger.get_relay_proxy_config(made.id)


def test_keys_are_nowhere_but_in_the_answer_that_tells_them(
    server: Muster, relays: RelayProxyConfigurationsApi
) -> None:
    made = make(relays)
    reset = relays.reset_relay_auto_config(made.id)
    audit = AuditLogApi(client(server, TOKEN))
    entries = audit.get_audit_log_entries(spec=f"relay-proxy-config/{made.id}").items
    told = [
        server.log.read_text(),
        server.client.get(RELAYS).text,
        *(server.client.get(f"/api/v2/auditlog/{entry.id}").text for entry in entries),
    ]
    assert len(told) == 4
    assert made.display_key in told[-1]
    for key in (made.full_key, reset.full_key):
        assert key is not None
        assert not any(key in text for text in told)
