"""The bodies of a PATCH of a segment: a JSON Patch, a merge patch, or instructions (a semantic patch)."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import document, schema_of
from muster.api.documents.segment_members import ContextKeyText
from muster.api.documents.sent import NAME
from muster.api.patches import MAX_COMMENT_LENGTH
from muster.segments.instruction import MAX_INSTRUCTIONS
from muster.segments.rules import MAX_CLAUSES, MAX_VALUES, OPERATORS, WHOLE_WEIGHT

_RULE_ID: Final = "0c1f0a52-8c5d-4c12-a5a7-0f7a2a1d9b11"
_CLAUSE_ID: Final = "6a3d6cf4-2c0b-4f0e-9d3a-5f6f1f4ad1f2"
_CLAUSE: Final[dict[str, Any]] = {
    "attribute": "email",
    "op": "endsWith",
    "values": ["@example.com"],
    "negate": False,
    "contextKind": "user",
}
_ADD_TAGS: Final[dict[str, Any]] = {"kind": "addTags", "values": ["eu"]}
_ADD_RULE: Final[dict[str, Any]] = {"kind": "addRule", "clauses": [_CLAUSE], "weight": 50_000}
_ADD_TARGETS: Final[dict[str, Any]] = {
    "kind": "addIncludedTargets",
    "contextKind": "device",
    "values": ["till-7"],
}
_PATCH: Final[dict[str, Any]] = {
    "instructions": [_ADD_TAGS, _ADD_RULE, _ADD_TARGETS],
    "comment": "the staff of Europe",
}
_Keys = list[ContextKeyText]
_Value = str | bool | int | float
_Values = Annotated[list[_Value], Field(max_length=MAX_VALUES)]
_Id = Annotated[str, Field(min_length=1)]
_Weight = Annotated[int, Field(ge=0, le=WHOLE_WEIGHT)]
_ContextKind = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{0,256}$")]


@document(example=_CLAUSE)
class ClausePost(TypedDict):
    """A condition that is sent: an attribute has one of some values, in the sense of an operator."""

    attribute: NotRequired[str]
    """A name, or a reference such as `/address/city`; not for `segmentMatch`."""
    op: Annotated[str, Field(json_schema_extra={"enum": sorted(OPERATORS)})]
    """The operator."""
    values: _Values
    """Of which one is enough; keys of segments for `segmentMatch`."""
    negate: NotRequired[bool]
    """Whether it holds where it would not, and the other way round."""
    contextKind: NotRequired[_ContextKind | None]
    """Of which kind of context it asks; `user` where it is left out."""


@document(example=_ADD_TAGS)
class TagsInstruction(TypedDict):
    """Gives the segment tags, or takes some away."""

    kind: Literal["addTags", "removeTags"]
    """What to do."""
    values: list[str]
    """The tags."""


@document(example={"kind": "updateName", "value": "Staff of Europe"})
class NameInstruction(TypedDict):
    """Gives the segment another name."""

    kind: Literal["updateName"]
    """What to do."""
    value: Annotated[str, NAME]
    """What people are to call it."""


@document(example=_ADD_TARGETS)
class TargetsInstruction(TypedDict):
    """Puts contexts into the lists of a segment that is not big, or takes some out."""

    kind: Literal[
        "addIncludedTargets",
        "removeIncludedTargets",
        "addExcludedTargets",
        "removeExcludedTargets",
    ]
    """What to do."""
    values: _Keys
    """Their keys."""
    contextKind: NotRequired[_ContextKind | None]
    """Their kind; `user` where it is left out."""


@document(example={"kind": "addIncludedUsers", "values": ["ada"]})
class UsersInstruction(TypedDict):
    """Puts users into the lists of a segment that is not big, or takes some out."""

    kind: Literal[
        "addIncludedUsers", "removeIncludedUsers", "addExcludedUsers", "removeExcludedUsers"
    ]
    """What to do."""
    values: _Keys
    """Their keys."""


@document(example={"kind": "addBigSegmentIncludedTargets", "values": ["ada"]})
class BigSegmentInstruction(TypedDict):
    """Puts contexts into the lists of a big segment, or takes some out."""

    kind: Literal[
        "addBigSegmentIncludedTargets",
        "removeBigSegmentIncludedTargets",
        "addBigSegmentExcludedTargets",
        "removeBigSegmentExcludedTargets",
    ]
    """What to do."""
    values: _Keys
    """Their keys."""


@document(example=_ADD_RULE)
class AddRuleInstruction(TypedDict):
    """Adds a rule, the last one."""

    kind: Literal["addRule"]
    """What to do."""
    clauses: Annotated[list[ClausePost], Field(min_length=1, max_length=MAX_CLAUSES)]
    """All of them must hold."""
    description: NotRequired[str | None]
    """What it is for."""
    weight: NotRequired[_Weight | None]
    """How many of 100,000 of the contexts that match are taken in; all where it is left out."""
    rolloutContextKind: NotRequired[_ContextKind | None]
    """The kind of the contexts that the weight shares out; `user` where it is left out."""
    bucketBy: NotRequired[str | None]
    """The attribute that decides who is among them; the key where it is left out."""


@document(example={"kind": "removeRule", "ruleId": _RULE_ID})
class RemoveRuleInstruction(TypedDict):
    """Takes a rule away."""

    kind: Literal["removeRule"]
    """What to do."""
    ruleId: _Id
    """Which rule."""


@document(example={"kind": "reorderRules", "ruleIds": [_RULE_ID]})
class ReorderRulesInstruction(TypedDict):
    """Puts the rules into another order."""

    kind: Literal["reorderRules"]
    """What to do."""
    ruleIds: list[str]
    """Each rule of the segment once."""


@document(
    example={"kind": "updateRuleDescription", "ruleId": _RULE_ID, "description": "Half of them."}
)
class RuleDescriptionInstruction(TypedDict):
    """Gives a rule another description."""

    kind: Literal["updateRuleDescription"]
    """What to do."""
    ruleId: _Id
    """Which rule."""
    description: NotRequired[str | None]
    """What it is for; none where it is left out."""


@document(
    example={
        "kind": "updateRuleRolloutAndContextKind",
        "ruleId": _RULE_ID,
        "weight": 25_000,
        "contextKind": "user",
    }
)
class RuleRolloutInstruction(TypedDict):
    """Changes how many of the contexts that match a rule are taken in."""

    kind: Literal["updateRuleRolloutAndContextKind"]
    """What to do."""
    ruleId: _Id
    """Which rule."""
    weight: NotRequired[_Weight | None]
    """How many of 100,000; all where it is left out."""
    contextKind: NotRequired[_ContextKind | None]
    """The kind of the contexts that the weight shares out; `user` where it is left out."""


@document(example={"kind": "addClauses", "ruleId": _RULE_ID, "clauses": [_CLAUSE]})
class AddClausesInstruction(TypedDict):
    """Adds clauses to a rule."""

    kind: Literal["addClauses"]
    """What to do."""
    ruleId: _Id
    """Which rule."""
    clauses: Annotated[list[ClausePost], Field(max_length=MAX_CLAUSES)]
    """The clauses."""


@document(example={"kind": "removeClauses", "ruleId": _RULE_ID, "clauseIds": [_CLAUSE_ID]})
class RemoveClausesInstruction(TypedDict):
    """Takes clauses from a rule; one has to stay."""

    kind: Literal["removeClauses"]
    """What to do."""
    ruleId: _Id
    """Which rule."""
    clauseIds: list[str]
    """Which clauses."""


@document(
    example={
        "kind": "updateClause",
        "ruleId": _RULE_ID,
        "clauseId": _CLAUSE_ID,
        "clause": _CLAUSE,
    }
)
class UpdateClauseInstruction(TypedDict):
    """Puts another clause in the place of one; it keeps its id."""

    kind: Literal["updateClause"]
    """What to do."""
    ruleId: _Id
    """Which rule."""
    clauseId: _Id
    """Which clause."""
    clause: ClausePost
    """The new one."""


@document(
    example={
        "kind": "addValuesToClause",
        "ruleId": _RULE_ID,
        "clauseId": _CLAUSE_ID,
        "values": ["@example.org"],
    }
)
class ClauseValuesInstruction(TypedDict):
    """Adds values to a clause, or takes some away."""

    kind: Literal["addValuesToClause", "removeValuesFromClause"]
    """What to do."""
    ruleId: _Id
    """Which rule."""
    clauseId: _Id
    """Which clause."""
    values: _Values
    """The values."""


@document(
    example={
        "kind": "processBigSegmentImport",
        "importId": "2f9b1f0e-6f2a-4b39-8d0b-7d2a1a3f6c10",
    }
)
class ProcessImportInstruction(TypedDict):
    """Begins an import that waits."""

    kind: Literal["processBigSegmentImport"]
    """What to do."""
    importId: _Id
    """Which import."""


SegmentInstruction = (
    TagsInstruction
    | NameInstruction
    | TargetsInstruction
    | UsersInstruction
    | BigSegmentInstruction
    | AddRuleInstruction
    | RemoveRuleInstruction
    | ReorderRulesInstruction
    | RuleDescriptionInstruction
    | RuleRolloutInstruction
    | AddClausesInstruction
    | RemoveClausesInstruction
    | UpdateClauseInstruction
    | ClauseValuesInstruction
    | ProcessImportInstruction
)


@document(example=_PATCH)
class SemanticPatch(TypedDict):
    """Instructions, and why. It is sent as `application/json; domain-model=launchdarkly.semanticpatch`."""

    instructions: Annotated[
        list[SegmentInstruction], Field(min_length=1, max_length=MAX_INSTRUCTIONS)
    ]
    """Followed in order, all or none. They name 1,500 targets at most."""
    comment: NotRequired[Annotated[str, Field(max_length=MAX_COMMENT_LENGTH)] | None]
    """Goes into the audit log."""
    environmentKey: NotRequired[str | None]
    """The key of the environment, if anything."""


def with_semantic_patch(media_type: str) -> dict[str, Any]:
    """Return what the OpenAPI description of a route has besides, where it takes a semantic patch."""
    return {
        "requestBody": {
            "content": {media_type: {"schema": schema_of(SemanticPatch), "example": _PATCH}}
        }
    }
