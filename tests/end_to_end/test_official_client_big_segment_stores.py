"""Big segment stores by LaunchDarkly's own Python client: unmodified, against a real server, on SQLite
and on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.environments_api import EnvironmentsApi
from launchdarkly_api.api.persistent_store_integrations_beta_api import (
    PersistentStoreIntegrationsBetaApi,
)
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.access_token_post import AccessTokenPost
from launchdarkly_api.models.big_segment_store_integration import BigSegmentStoreIntegration
from launchdarkly_api.models.environment_post import EnvironmentPost
from launchdarkly_api.models.integration_delivery_configuration_post import (
    IntegrationDeliveryConfigurationPost,
)
from launchdarkly_api.models.patch_operation import PatchOperation

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database
from tests.end_to_end.rest import check_link, get

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

STORES = "/api/v2/integration-capabilities/big-segment-store"
Place = tuple[str, str, str]
HERE: Place = ("default", "production", "redis")
SECRET = "a-pa55word-of-redis"
REDIS = {"host": "redis.example.com", "port": "6380", "username": "u", "password": SECRET}
DYNAMO = {"tableName": "t", "region": "eu-west-1", "roleArn": "arn", "externalId": "x"}


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def stores(server: Muster) -> PersistentStoreIntegrationsBetaApi:
    """The API of big segment stores, for an admin."""
    return PersistentStoreIntegrationsBetaApi(client(server, TOKEN))


def make(
    stores: PersistentStoreIntegrationsBetaApi, place: Place = HERE, **fields: Any
) -> BigSegmentStoreIntegration:
    """Configure a store."""
    wanted = IntegrationDeliveryConfigurationPost.from_dict({"config": REDIS, **fields})
    assert wanted is not None
    return stores.create_big_segment_store_integration(*place, wanted)


def operations(*patch: dict[str, Any]) -> list[PatchOperation]:
    return [PatchOperation(**one) for one in patch]


def replaced(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


@pytest.mark.parametrize(
    ("kind", "config", "shown"),
    [
        ("redis", REDIS, {**REDIS, "password": "********", "tlsEnabled": False}),
        ("dynamodb", DYNAMO, DYNAMO),
    ],
)
def test_one_is_made_found_listed_and_deleted(
    stores: PersistentStoreIntegrationsBetaApi,
    kind: str,
    config: dict[str, Any],
    shown: dict[str, Any],
) -> None:
    place = ("default", "test", kind)
    made = make(stores, place, config=config, name="the store", on=True, tags=["us", "eu"])
    assert (made.integration_key, made.project_key, made.environment_key) == (kind, *place[:2])
    assert (made.name, made.on, made.tags, made.version) == ("the store", True, ["eu", "us"], 1)
    assert made.config == shown
    assert (made.status.available, made.status.potentially_stale) == (False, True)
    assert made.status.last_sync is None
    check_link(made.links.var_self.to_dict(), f"{STORES}/default/test/{kind}/{made.id}")
    check_link(made.links.environment.to_dict(), "/api/v2/projects/default/environments/test")
    assert stores.get_big_segment_store_integration(*place, made.id) == made
    listed = made.model_copy(update={"config": {}})
    assert listed in stores.get_big_segment_store_integrations().items
    stores.delete_big_segment_store_integration(*place, made.id)
    for call in (
        stores.get_big_segment_store_integration,
        stores.delete_big_segment_store_integration,
    ):
        with pytest.raises(NotFoundException):
            call(*place, made.id)


def test_without_more_one_is_off_and_named_after_its_kind(
    server: Muster, stores: PersistentStoreIntegrationsBetaApi
) -> None:
    made = make(stores)
    assert (made.name, made.on, made.tags) == ("redis", False, [])
    found = get(server, f"{STORES}/default/production/redis")
    assert made.id in [one["_id"] for one in found["items"]]
    assert get(server, f"{STORES}/default/production/dynamodb")["items"] == []


def test_one_is_changed_by_a_patch_and_keeps_its_password(
    server: Muster, stores: PersistentStoreIntegrationsBetaApi
) -> None:
    made = make(stores)
    patch = operations(
        {"op": "test", "path": "/version", "value": 1},
        replaced("/name", "renamed"),
        replaced("/on", True),
        {"op": "add", "path": "/tags/-", "value": "eu"},
        replaced("/config/tlsEnabled", True),
    )
    changed = stores.patch_big_segment_store_integration(*HERE, made.id, patch)
    assert (changed.name, changed.on, changed.tags, changed.version) == ("renamed", True, ["eu"], 2)
    assert changed.config == {**REDIS, "password": "********", "tlsEnabled": True}
    assert stores.get_big_segment_store_integration(*HERE, made.id) == changed
    with pytest.raises(ConflictException):
        stores.patch_big_segment_store_integration(*HERE, made.id, patch)
    audit = AuditLogApi(client(server, TOKEN))
    [entry] = audit.get_audit_log_entries(spec="integration/redis", limit=1).items
    assert entry.title_verb == "updated the big segment store"
    assert [access.action for access in entry.accesses] == [
        *("updateName", "updateOn", "updateTags", "updateConfiguration")
    ]
    for another_place in (replaced("/config/host", "elsewhere"), replaced("/config/port", "1")):
        with pytest.raises(BadRequestException) as refused:
            stores.patch_big_segment_store_integration(*HERE, made.id, operations(another_place))
        assert "send it again" in str(refused.value.body)
    moved = operations(
        replaced("/config/host", "elsewhere"), replaced("/config/password", "another")
    )
    config = stores.patch_big_segment_store_integration(*HERE, made.id, moved).config
    assert (config["host"], config["password"]) == ("elsewhere", "********")
    gone = operations({"op": "remove", "path": "/config/password"})
    assert "password" not in stores.patch_big_segment_store_integration(*HERE, made.id, gone).config


def test_what_is_refused_raises_its_class(
    server: Muster, stores: PersistentStoreIntegrationsBetaApi
) -> None:
    made = make(stores)
    wrongs: list[dict[str, Any]] = [
        *({"config": {}}, {"config": DYNAMO}),
        *({"name": "a\tb"}, {"tags": ["a b"]}),
    ]
    for wrong in wrongs:
        with pytest.raises(BadRequestException) as refused:
            make(stores, **wrong)
        assert refused.value.data is not None
        assert refused.value.data.code == "invalid_request"
    for nowhere in (
        ("nowhere", "production", "redis"),
        ("default", "nowhere", "redis"),
        ("default", "production", "postgresql"),
    ):
        with pytest.raises(NotFoundException):
            make(stores, nowhere)
    for elsewhere in (("default", "test", "redis"), ("default", "production", "dynamodb")):
        with pytest.raises(NotFoundException):
            stores.get_big_segment_store_integration(*elsewhere, made.id)
    for operation, error in (
        (replaced("/version", 7), BadRequestException),
        (replaced("/integrationKey", "dynamodb"), BadRequestException),
        (replaced("/on", "yes"), BadRequestException),
        (replaced("/config", None), BadRequestException),
        (replaced("/config/cluster", "yes"), BadRequestException),
        ({"op": "remove", "path": "/tags/7"}, UnprocessableEntityException),
    ):
        with pytest.raises(error):
            stores.patch_big_segment_store_integration(*HERE, made.id, operations(operation))
    with pytest.raises(UnauthorizedException):
        PersistentStoreIntegrationsBetaApi(
            client(server, "api-unknown")
        ).get_big_segment_store_integrations()


def test_a_reader_sees_them_and_a_stranger_does_not(
    server: Muster, stores: PersistentStoreIntegrationsBetaApi
) -> None:
    made = make(stores)
    tokens = AccessTokensApi(client(server, TOKEN))

    def seen_by(**fields: Any) -> PersistentStoreIntegrationsBetaApi:
        wanted = AccessTokenPost.from_dict({"name": "t", "serviceToken": True, **fields})
        assert wanted is not None
        secret = tokens.post_token(wanted).token
        assert secret is not None
        return PersistentStoreIntegrationsBetaApi(client(server, secret))

    reader = seen_by(role="reader")
    assert reader.get_big_segment_store_integration(*HERE, made.id) == made
    with pytest.raises(ForbiddenException):
        make(reader)
    with pytest.raises(ForbiddenException):
        reader.delete_big_segment_store_integration(*HERE, made.id)
    view = {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/*"]}
    stranger = seen_by(inlineRole=[view])
    assert stranger.get_big_segment_store_integrations().items == []
    with pytest.raises(NotFoundException):
        stranger.get_big_segment_store_integration(*HERE, made.id)


def test_stores_go_with_their_environment(
    server: Muster, stores: PersistentStoreIntegrationsBetaApi
) -> None:
    environments = EnvironmentsApi(client(server, TOKEN))
    environments.post_environment(
        "default", EnvironmentPost(key="short-lived", name="Short-lived", color="000000")
    )
    made = make(stores, ("default", "short-lived", "redis"))
    environments.delete_environment("default", "short-lived")
    assert made.id not in [one.id for one in stores.get_big_segment_store_integrations().items]
    with pytest.raises(NotFoundException):
        stores.get_big_segment_store_integration("default", "short-lived", "redis", made.id)


def test_passwords_are_told_nowhere(
    server: Muster, stores: PersistentStoreIntegrationsBetaApi
) -> None:
    made = make(stores)
    wrong = operations(replaced("/config/password", f"{SECRET}\N{NULL}"))
    with pytest.raises(BadRequestException) as refused:
        stores.patch_big_segment_store_integration(*HERE, made.id, wrong)
    with pytest.raises(BadRequestException) as untyped:
        make(stores, config={**REDIS, "password": [SECRET]})
    audit = AuditLogApi(client(server, TOKEN))
    entries = audit.get_audit_log_entries(spec="integration/redis", limit=20).items
    own = f"{STORES}/default/production/redis"
    told = [
        str(refused.value.body),
        str(untyped.value.body),
        server.log.read_text(),
        *(server.client.get(path).text for path in (STORES, own, f"{own}/{made.id}")),
        *(server.client.get(f"/api/v2/auditlog/{entry.id}").text for entry in entries),
    ]
    assert "redis.example.com" in told[-1]
    assert not any(SECRET in text for text in told)
