"""What the caller may do to a thing that is shown: `_access`."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import document

_ALLOWED: Final[dict[str, Any]] = {
    "action": "updateName",
    "reason": {
        "effect": "allow",
        "actions": ["*"],
        "resources": ["proj/*:env/*:segment/*"],
        "role_name": "segment-keeper",
    },
}
_DENIED: Final[dict[str, Any]] = {"action": "deleteSegment", "reason": {"effect": "deny"}}
ACCESS: Final[dict[str, Any]] = {"denied": [_DENIED], "allowed": [_ALLOWED]}


@document(example=_ALLOWED["reason"])
class AccessReason(TypedDict):
    """The statement that settled it; a bare `deny` where none is about it."""

    effect: Literal["allow", "deny"]
    """What the statement does."""
    actions: NotRequired[list[str]]
    """Actions that it is about."""
    notActions: NotRequired[list[str]]
    """It is about all actions but these."""
    resources: NotRequired[list[str]]
    """Resources that it is about."""
    notResources: NotRequired[list[str]]
    """It is about all resources but these."""
    role_name: NotRequired[str]
    """Whose statement it is: a built-in role's name or a custom role's key."""


@document(example=_ALLOWED)
class ActionVerdict(TypedDict):
    """An action, and why it is allowed or denied."""

    action: str
    """As policies call it."""
    reason: AccessReason
    """What settled it."""


@document(example=ACCESS)
class AccessVerdicts(TypedDict):
    """What the token may do to a thing: each action of its kind is in one of the two lists."""

    denied: list[ActionVerdict]
    """What it may not do."""
    allowed: list[ActionVerdict]
    """What it may do."""
