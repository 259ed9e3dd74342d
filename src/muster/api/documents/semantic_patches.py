"""What the semantic patches of segments and of flags have in common."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import document, schema_of
from muster.api.documents.sent import NAME
from muster.segments.rules import MAX_CLAUSES, MAX_VALUES, OPERATORS

RULE_ID: Final = "0c1f0a52-8c5d-4c12-a5a7-0f7a2a1d9b11"
CLAUSE_ID: Final = "6a3d6cf4-2c0b-4f0e-9d3a-5f6f1f4ad1f2"
CLAUSE: Final[dict[str, Any]] = {
    "attribute": "email",
    "op": "endsWith",
    "values": ["@example.com"],
    "negate": False,
    "contextKind": "user",
}
ADD_TAGS: Final[dict[str, Any]] = {"kind": "addTags", "values": ["eu"]}
ClauseValue = str | bool | int | float
ClauseValues = Annotated[list[ClauseValue], Field(max_length=MAX_VALUES)]
InstructionId = Annotated[str, Field(min_length=1)]
"""The id of a rule, a clause or a variation."""
ContextKindText = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{0,256}$")]
"""A kind of contexts; empty for `user`."""


@document(example=CLAUSE)
class ClausePost(TypedDict):
    """A condition that is sent: an attribute has one of some values, in the sense of an operator."""

    attribute: NotRequired[str]
    """A name, or a reference such as `/address/city`; not for `segmentMatch`."""
    op: Annotated[str, Field(json_schema_extra={"enum": sorted(OPERATORS)})]
    """The operator."""
    values: ClauseValues
    """Of which one is enough; keys of segments for `segmentMatch`."""
    negate: NotRequired[bool]
    """Whether it holds where it would not, and the other way round."""
    contextKind: NotRequired[ContextKindText | None]
    """Of which kind of context it asks; `user` where it is left out."""


@document(example=ADD_TAGS)
class TagsInstruction(TypedDict):
    """Gives it tags, or takes some away."""

    kind: Literal["addTags", "removeTags"]
    """What to do."""
    values: list[str]
    """The tags."""


@document(example={"kind": "updateName", "value": "Another name"})
class NameInstruction(TypedDict):
    """Gives it another name."""

    kind: Literal["updateName"]
    """What to do."""
    value: Annotated[str, NAME]
    """What people are to call it."""


@document(example={"kind": "removeRule", "ruleId": RULE_ID})
class RemoveRuleInstruction(TypedDict):
    """Takes a rule away."""

    kind: Literal["removeRule"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""


@document(example={"kind": "reorderRules", "ruleIds": [RULE_ID]})
class ReorderRulesInstruction(TypedDict):
    """Puts the rules into another order."""

    kind: Literal["reorderRules"]
    """What to do."""
    ruleIds: list[str]
    """Each rule once."""


@document(
    example={"kind": "updateRuleDescription", "ruleId": RULE_ID, "description": "Half of them."}
)
class RuleDescriptionInstruction(TypedDict):
    """Gives a rule another description."""

    kind: Literal["updateRuleDescription"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    description: NotRequired[str | None]
    """What it is for; none where it is left out."""


@document(example={"kind": "addClauses", "ruleId": RULE_ID, "clauses": [CLAUSE]})
class AddClausesInstruction(TypedDict):
    """Adds clauses to a rule."""

    kind: Literal["addClauses"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    clauses: Annotated[list[ClausePost], Field(max_length=MAX_CLAUSES)]
    """The clauses."""


@document(example={"kind": "removeClauses", "ruleId": RULE_ID, "clauseIds": [CLAUSE_ID]})
class RemoveClausesInstruction(TypedDict):
    """Takes clauses from a rule; one has to stay."""

    kind: Literal["removeClauses"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    clauseIds: list[str]
    """Which clauses."""


@document(
    example={
        "kind": "updateClause",
        "ruleId": RULE_ID,
        "clauseId": CLAUSE_ID,
        "clause": CLAUSE,
    }
)
class UpdateClauseInstruction(TypedDict):
    """Puts another clause in the place of one; it keeps its id."""

    kind: Literal["updateClause"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    clauseId: InstructionId
    """Which clause."""
    clause: ClausePost
    """The new one."""


@document(
    example={
        "kind": "addValuesToClause",
        "ruleId": RULE_ID,
        "clauseId": CLAUSE_ID,
        "values": ["@example.org"],
    }
)
class ClauseValuesInstruction(TypedDict):
    """Adds values to a clause, or takes some away."""

    kind: Literal["addValuesToClause", "removeValuesFromClause"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    clauseId: InstructionId
    """Which clause."""
    values: ClauseValues
    """The values."""


def with_semantic_patch(media_type: str, patch: type, example: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the OpenAPI description of a route has besides, where it takes a semantic patch.

    Args:
        patch: the document that describes the patch.
    """
    return {
        "requestBody": {"content": {media_type: {"schema": schema_of(patch), "example": example}}}
    }
