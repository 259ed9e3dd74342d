"""Rows of the authorization matrix: those of contexts, webhooks, configurations and tags.

`authorization_rows.py` says what a row is.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tests.end_to_end.authorization_rows import Row, changing, listing, reading
from tests.end_to_end.authorization_world import GIVES_NOTHING, Subject, World

_VIEW_PROJECT: Final = "viewProject on proj/{projectKey}"
_RENAME: Final = [{"op": "replace", "path": "/name", "value": "Another name"}]
_P: Final = "/api/v2/projects/{projectKey}"
_E: Final = "/api/v2/projects/{projectKey}/environments/{environmentKey}"
_FLAGS: Final = "/api/v2/flags/{projectKey}"
_FLAG: Final = "proj/{projectKey}:env/*:flag/{featureFlagKey}"
_FLAG_DEFAULTS: Final = {
    "tags": ["eu"],
    "temporary": True,
    "booleanDefaults": {
        "trueDisplayName": "",
        "falseDisplayName": "",
        "trueDescription": "",
        "falseDescription": "",
        "onVariation": 0,
        "offVariation": 1,
    },
    "defaultClientSideAvailability": {"usingEnvironmentId": False, "usingMobileKey": True},
}
_WEBHOOKS: Final = "/api/v2/webhooks"
_RELAYS: Final = "/api/v2/account/relay-auto-configs"
_STORES: Final = "/api/v2/integration-capabilities/big-segment-store"
_PLACE: Final = f"{_STORES}/{{projectKey}}/{{environmentKey}}/{{integrationKey}}"
_INTEGRATIONS: Final = "/api/v2/integration-configurations"


def _lists(content: Mapping[str, list[Mapping[str, str]]], subject: Subject) -> bool:
    """Tell whether a list shows the subject."""
    return any(item["_id"] == subject["id"] for item in content["items"])


def _new_kind(world: World) -> Subject:
    return {**world.project(), "key": world.new_name()}


def _member_and_role(world: World) -> Subject:
    return {**world.member(), "roleKey": world.role()["key"]}


def _tagged_project(world: World) -> Subject:
    project = world.project()
    patch = [{"op": "replace", "path": "/tags", "value": [project["new"]]}]
    world.server.client.patch(
        f"/api/v2/projects/{project['projectKey']}", json=patch
    ).raise_for_status()
    return project


CONFIGURATION_ROWS: Final[Mapping[str, Row]] = {
    "PATCH /api/v2/members": changing(
        _member_and_role,
        "updateCustomRole on member/{id}",
        body=lambda subject: {
            "instructions": [
                {
                    "kind": "replaceMembersCustomRoles",
                    "values": [subject["roleKey"]],
                    "memberIDs": [subject["id"]],
                }
            ]
        },
        elsewhere=403,
        writer=403,
    ),
    # Contexts
    f"POST {_E}/contexts/search": replace(reading(World.segment, _VIEW_PROJECT), body={"limit": 5}),
    f"GET {_E}/contexts/{{kind}}/{{contextKey}}": reading(
        lambda world: {**world.segment(), "kind": "user"}, _VIEW_PROJECT
    ),
    f"GET {_E}/context-attributes": reading(World.environment, _VIEW_PROJECT),
    f"GET {_E}/context-attributes/{{attributeName}}": replace(
        reading(lambda world: {**world.environment(), "attributeName": "email"}, _VIEW_PROJECT),
        query='?filter=kind equals "user"',
    ),
    f"POST {_E}/flags/evaluate": replace(
        reading(World.environment, _VIEW_PROJECT), body={"kind": "user", "key": "ada"}
    ),
    f"PUT {_E}/contexts/{{kind}}/{{contextKey}}/flags/{{featureFlagKey}}": changing(
        World.flag,
        "updateTargets on proj/{projectKey}:env/{environmentKey}:flag/{featureFlagKey}",
        _VIEW_PROJECT,
        body={"setting": True},
        done=204,
    ),
    # Flags
    f"GET {_FLAGS}": reading(World.flag, _VIEW_PROJECT),
    f"POST {_FLAGS}": changing(
        lambda world: {**world.project(), "featureFlagKey": world.new_name()},
        f"createFlag on {_FLAG}",
        _VIEW_PROJECT,
        body=lambda subject: {"key": subject["featureFlagKey"], "name": "A flag"},
        done=201,
    ),
    f"GET {_FLAGS}/{{featureFlagKey}}": reading(World.flag, _VIEW_PROJECT),
    f"PATCH {_FLAGS}/{{featureFlagKey}}": changing(
        World.flag, f"updateName on {_FLAG}", _VIEW_PROJECT, body=_RENAME
    ),
    f"DELETE {_FLAGS}/{{featureFlagKey}}": changing(
        World.flag, f"deleteFlag on {_FLAG}", _VIEW_PROJECT, done=204
    ),
    f"GET {_P}/flag-defaults": reading(World.project, _VIEW_PROJECT),
    f"PUT {_P}/flag-defaults": changing(
        World.project,
        "updateProjectFlagDefaults on proj/{projectKey}",
        _VIEW_PROJECT,
        body=_FLAG_DEFAULTS,
    ),
    f"PATCH {_P}/flag-defaults": changing(
        World.project,
        "updateProjectFlagDefaults on proj/{projectKey}",
        _VIEW_PROJECT,
        body=[{"op": "replace", "path": "/temporary", "value": False}],
    ),
    f"GET {_P}/context-kinds": reading(World.project, _VIEW_PROJECT),
    f"PUT {_P}/context-kinds/{{key}}": changing(
        _new_kind,
        "createContextKind on proj/{projectKey}:context-kind/{key}",
        _VIEW_PROJECT,
        body={"name": "A kind"},
    ),
    # Webhooks
    f"GET {_WEBHOOKS}": listing(
        World.webhook,
        "viewWebhook on webhook/{id}",
        denial="* on webhook/{id}",
        query="",
        shows=_lists,
    ),
    f"POST {_WEBHOOKS}": changing(
        World.nothing,
        "createWebhook on webhook/*",
        body={"url": "https://hooks.example.com/muster", "sign": True, "on": False},
        elsewhere=403,
        writer=403,
    ),
    f"GET {_WEBHOOKS}/{{id}}": reading(
        World.webhook, "viewWebhook on webhook/{id}", denial="* on webhook/{id}"
    ),
    f"PATCH {_WEBHOOKS}/{{id}}": changing(
        World.webhook, "updateName on webhook/{id}", body=_RENAME, writer=403
    ),
    f"DELETE {_WEBHOOKS}/{{id}}": changing(
        World.webhook, "deleteWebhook on webhook/{id}", done=204, writer=403
    ),
    f"GET {_WEBHOOKS}/{{id}}/deliveries": reading(
        World.webhook, "viewWebhook on webhook/{id}", denial="* on webhook/{id}"
    ),
    # Relay Proxy configurations
    f"GET {_RELAYS}": listing(
        World.relay_proxy,
        "viewRelayAutoConfiguration on relay-proxy-config/{id}",
        denial="* on relay-proxy-config/{id}",
        query="",
        shows=_lists,
    ),
    f"POST {_RELAYS}": changing(
        World.nothing,
        "createRelayAutoConfiguration on relay-proxy-config/*",
        body={"name": "Relay", "policy": GIVES_NOTHING},
        done=201,
        elsewhere=403,
        writer=403,
    ),
    f"GET {_RELAYS}/{{id}}": reading(
        World.relay_proxy,
        "viewRelayAutoConfiguration on relay-proxy-config/{id}",
        denial="* on relay-proxy-config/{id}",
    ),
    f"PATCH {_RELAYS}/{{id}}": changing(
        World.relay_proxy,
        "updateRelayAutoConfigurationName on relay-proxy-config/{id}",
        body=_RENAME,
        writer=403,
    ),
    f"DELETE {_RELAYS}/{{id}}": changing(
        World.relay_proxy,
        "deleteRelayAutoConfiguration on relay-proxy-config/{id}",
        done=204,
        writer=403,
    ),
    f"POST {_RELAYS}/{{id}}/reset": changing(
        World.relay_proxy, "resetRelayAutoConfiguration on relay-proxy-config/{id}", writer=403
    ),
    # Big segment stores: who sees one may view its project and do something to the integration.
    f"GET {_STORES}": listing(
        World.big_segment_store,
        "viewIntegration on integration/redis",
        _VIEW_PROJECT,
        denial="* on integration/redis",
        query="",
        shows=_lists,
    ),
    f"GET {_PLACE}": reading(World.big_segment_store, _VIEW_PROJECT),
    f"POST {_PLACE}": changing(
        lambda world: {**world.environment(), "integrationKey": "redis"},
        "createIntegration on integration/redis",
        _VIEW_PROJECT,
        body={"config": {"host": "redis.example.com"}},
        done=201,
        writer=403,
    ),
    f"GET {_PLACE}/{{integrationId}}": reading(
        World.big_segment_store,
        "viewIntegration on integration/redis",
        _VIEW_PROJECT,
        denial="* on integration/redis",
    ),
    f"PATCH {_PLACE}/{{integrationId}}": changing(
        World.big_segment_store,
        "updateName on integration/redis",
        _VIEW_PROJECT,
        body=_RENAME,
        writer=403,
    ),
    f"DELETE {_PLACE}/{{integrationId}}": changing(
        World.big_segment_store,
        "deleteIntegration on integration/redis",
        _VIEW_PROJECT,
        done=204,
        writer=403,
    ),
    # Integration configurations
    f"GET {_INTEGRATIONS}/keys/{{integrationKey}}": listing(
        World.integration_configuration,
        "viewIntegration on integration/{integrationKey}",
        denial="* on integration/{integrationKey}",
        query="",
        shows=_lists,
    ),
    f"POST {_INTEGRATIONS}/keys/{{integrationKey}}": changing(
        lambda _: {"integrationKey": "rudderstack"},
        "createIntegration on integration/rudderstack",
        body={"name": "Cohorts", "configValues": {}},
        done=201,
        elsewhere=403,
        writer=403,
    ),
    f"GET {_INTEGRATIONS}/{{integrationConfigurationId}}": reading(
        World.integration_configuration,
        "viewIntegration on integration/{integrationKey}",
        denial="* on integration/{integrationKey}",
    ),
    f"PATCH {_INTEGRATIONS}/{{integrationConfigurationId}}": changing(
        World.integration_configuration,
        "updateName on integration/{integrationKey}",
        body=_RENAME,
        writer=403,
    ),
    f"DELETE {_INTEGRATIONS}/{{integrationConfigurationId}}": changing(
        World.integration_configuration,
        "deleteIntegration on integration/{integrationKey}",
        done=204,
        writer=403,
    ),
    # Tags
    "GET /api/v2/tags": listing(
        _tagged_project,
        _VIEW_PROJECT,
        query="?kind=project&pre={new}",
        shows=lambda content, subject: subject["new"] in content["items"],
    ),
}
"""Each route's row, by method and path."""
