"""A statement of a policy, as roles, tokens and searches of the audit log have it."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from muster.api.documents.document import document, schema_of_list

STATEMENT: Final[dict[str, Any]] = {
    "effect": "allow",
    "actions": ["createSegment", "updateIncluded"],
    "resources": ["proj/default:env/*:segment/*"],
}

_Actions = Annotated[list[Annotated[str, Field(pattern="^[A-Za-z0-9*]+$")]], Field(min_length=1)]
_Resources = Annotated[list[str], Field(min_length=1)]


@document(
    example=STATEMENT,
    allOf=[
        {"oneOf": [{"required": ["actions"]}, {"required": ["notActions"]}]},
        {"oneOf": [{"required": ["resources"]}, {"required": ["notResources"]}]},
    ],
)
class Statement(TypedDict):
    """Allows or denies actions on resources. It has one of `actions` and `notActions`, and one of
    `resources` and `notResources`."""

    effect: Literal["allow", "deny"]
    """What becomes of what it matches; one `deny` beats every `allow`."""
    actions: NotRequired[_Actions]
    """Actions that it is about, such as `updateName`; `*` stands for any characters."""
    notActions: NotRequired[_Actions]
    """It is about all actions but these."""
    resources: NotRequired[_Resources]
    """Resources that it is about, such as `proj/shop:env/*;eu:segment/*`."""
    notResources: NotRequired[_Resources]
    """It is about all resources but these."""


@document(example=STATEMENT)
class StatementPost(TypedDict):
    """A statement that is sent: it has one of `actions` and `notActions`, and one of `resources` and
    `notResources`. What is null counts as left out."""

    effect: Literal["allow", "deny"]
    """What becomes of what it matches; one `deny` beats every `allow`."""
    actions: NotRequired[_Actions | None]
    """Actions that it is about, such as `updateName`; `*` stands for any characters."""
    notActions: NotRequired[_Actions | None]
    """It is about all actions but these."""
    resources: NotRequired[_Resources | None]
    """Resources that it is about, such as `proj/shop:env/*;eu:segment/*`."""
    notResources: NotRequired[_Resources | None]
    """It is about all resources but these."""


# `Policy.parse` reads what is sent, and its messages say more: here it is only described.
Statements = Annotated[Any, WithJsonSchema(schema_of_list(StatementPost))]
