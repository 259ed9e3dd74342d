"""A statement of a policy, as roles, tokens and searches of the audit log have it."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from muster.api.documents.document import document, schema_of_list

STATEMENT: Final[dict[str, Any]] = {
    "effect": "allow",
    "actions": ["createSegment", "updateIncluded"],
    "resources": ["proj/default:env/*:segment/*"],
}


@document(example=STATEMENT)
class Statement(TypedDict):
    """Allows or denies actions on resources. It has one of `actions` and `notActions`, and one of
    `resources` and `notResources`."""

    effect: Literal["allow", "deny"]
    """What becomes of what it matches; one `deny` beats every `allow`."""
    actions: NotRequired[list[str]]
    """Actions that it is about, such as `updateName`; `*` stands for any characters."""
    notActions: NotRequired[list[str]]
    """It is about all actions but these."""
    resources: NotRequired[list[str]]
    """Resources that it is about, such as `proj/shop:env/*;eu:segment/*`."""
    notResources: NotRequired[list[str]]
    """It is about all resources but these."""


# `Policy.parse` reads what is sent, and its messages say more: here it is only described.
Statements = Annotated[Any, WithJsonSchema(schema_of_list(Statement))]
