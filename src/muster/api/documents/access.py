"""What the token may do to a thing that is shown: `_access`."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import document

_ALLOWED: Final[dict[str, Any]] = {
    "action": "updateName",
    "reason": {
        "effect": "allow",
        "actions": ["update*"],
        "resources": ["*"],
        "role_name": "segment-keeper",
    },
}
_DENIED: Final[dict[str, Any]] = {"action": "updateTags", "reason": {"effect": "deny"}}


@document(example=_ALLOWED["reason"])
class AccessReason(TypedDict):
    """The statement that settles it; a bare deny where no statement is about it."""

    effect: Literal["allow", "deny"]
    """What the statement does."""
    actions: NotRequired[list[str]]
    """Actions that the statement is about."""
    notActions: NotRequired[list[str]]
    """It is about all actions but these."""
    resources: NotRequired[list[str]]
    """Resources that the statement is about."""
    notResources: NotRequired[list[str]]
    """It is about all resources but these."""
    role_name: NotRequired[str]
    """Whose statement it is: the name of a built-in role, or the key of a custom one."""


@document(example=_ALLOWED)
class AccessVerdict(TypedDict):
    """Why an action is allowed, or is not."""

    action: str
    """The action, as policies call it."""
    reason: AccessReason
    """What settles it."""


@document(example={"denied": [_DENIED], "allowed": [_ALLOWED]})
class AccessOfCaller(TypedDict):
    """What the token may do to a thing: each action that is known of its type is in one of the two."""

    denied: list[AccessVerdict]
    """What it may not do."""
    allowed: list[AccessVerdict]
    """What it may do."""
