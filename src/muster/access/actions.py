"""The actions that policies speak of, by the type of the resource that they are done to.

The names are LaunchDarkly's, so that its policies mean the same here. An action that is not listed is no
error in a policy: it never comes up.
"""

import difflib
from collections.abc import Mapping
from typing import Final

CREATE_FLAG: Final = "createFlag"
CREATE_SEGMENT: Final = "createSegment"
CREATE_SEGMENT_EXPORT: Final = "createSegmentExport"
DELETE_FLAG: Final = "deleteFlag"
DELETE_SEGMENT: Final = "deleteSegment"
UPDATE_EXCLUDED: Final = "updateExcluded"
UPDATE_EXPIRING_TARGETS: Final = "updateExpiringTargets"
UPDATE_INCLUDED: Final = "updateIncluded"
UPDATE_NAME: Final = "updateName"

_TOKEN_ACTIONS: Final = frozenset(
    {
        "createAccessToken",
        "deleteAccessToken",
        "resetAccessToken",
        "updateAccessTokenDescription",
        "updateAccessTokenExpiry",
        "updateAccessTokenName",
        "updateAccessTokenPolicy",
    }
)
ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "acct": frozenset({"viewAuditLog"}),
    "proj": frozenset(
        {
            "createProject",
            "deleteProject",
            "updateDefaultClientSideAvailability",
            "updateIncludeInSnippetByDefault",
            "updateProjectFlagDefaults",
            "updateProjectName",
            "updateTags",
            "viewProject",
        }
    ),
    "env": frozenset(
        {
            "createEnvironment",
            "deleteContextInstance",
            "deleteEnvironment",
            "importEventData",
            "updateApiKey",
            "updateColor",
            "updateConfirmChanges",
            "updateCritical",
            "updateDefaultTrackEvents",
            "updateMobileKey",
            "updateName",
            "updateRequireComments",
            "updateSecureMode",
            "updateTags",
            "updateTtl",
            "viewSdkKey",
        }
    ),
    "context-kind": frozenset(
        {
            "createContextKind",
            "updateAvailabilityForExperiments",
            "updateContextKind",
        }
    ),
    "segment": frozenset(
        {
            CREATE_SEGMENT,
            CREATE_SEGMENT_EXPORT,
            DELETE_SEGMENT,
            "updateDescription",
            UPDATE_EXCLUDED,
            UPDATE_EXPIRING_TARGETS,
            UPDATE_INCLUDED,
            UPDATE_NAME,
            "updateRules",
            "updateTags",
        }
    ),
    "flag": frozenset(
        {
            CREATE_FLAG,
            DELETE_FLAG,
            "updateClientSideFlagAvailability",
            "updateDescription",
            "updateFallthrough",
            "updateFlagCustomProperties",
            "updateFlagDefaultVariations",
            "updateFlagFallthroughTrackEvents",
            "updateFlagVariations",
            "updateGlobalArchived",
            UPDATE_NAME,
            "updateOffVariation",
            "updateOn",
            "updatePrerequisites",
            "updateRules",
            "updateTags",
            "updateTargets",
            "updateTemporary",
            "updateTrackEvents",
        }
    ),
    "role": frozenset(
        {
            "createRole",
            "deleteRole",
            "updateBasePermissions",
            "updateDescription",
            "updateName",
            "updatePolicy",
            "viewRole",
        }
    ),
    "member": frozenset(
        {
            "createMember",
            "deleteMember",
            "updateCustomRole",
            "updateName",
            "updateRole",
            "viewMember",
        }
    ),
    "webhook": frozenset(
        {
            "createWebhook",
            "deleteWebhook",
            "updateName",
            "updateOn",
            "updateQuery",
            "updateSecret",
            "updateStatements",
            "updateTags",
            "updateUrl",
            "viewWebhook",
        }
    ),
    "integration": frozenset(
        {
            "createIntegration",
            "deleteIntegration",
            "updateConfiguration",
            "updateName",
            "updateOn",
            "updateTags",
            "viewIntegration",
        }
    ),
    "relay-proxy-config": frozenset(
        {
            "createRelayAutoConfiguration",
            "deleteRelayAutoConfiguration",
            "resetRelayAutoConfiguration",
            "updateRelayAutoConfigurationName",
            "updateRelayAutoConfigurationPolicy",
            "viewRelayAutoConfiguration",
        }
    ),
    "token": _TOKEN_ACTIONS,
    "service-token": _TOKEN_ACTIONS,
}
"""Those of the types that Muster keeps. Of other types, such as metrics, every action is taken as known."""


def is_known(action: str, resource_type: str) -> bool:
    """Tell whether an action can be done to a resource of a type, as far as Muster knows."""
    return resource_type not in ACTIONS or action in ACTIONS[resource_type]


def nearest_action(action: str, resource_type: str) -> str | None:
    """Return the action of a type whose name is nearest to a text, or None when none is near."""
    by_lower = {known.lower(): known for known in ACTIONS.get(resource_type, ())}
    near = difflib.get_close_matches(action.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None
