"""The bodies of a PATCH of a segment: a JSON Patch, a merge patch, or instructions (a semantic patch)."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.segment_members import ContextKeyText
from muster.api.documents.semantic_patches import (
    ADD_TAGS,
    CLAUSE,
    RULE_ID,
    AddClausesInstruction,
    ClausePost,
    ClauseValuesInstruction,
    ContextKindText,
    InstructionId,
    NameInstruction,
    RemoveClausesInstruction,
    RemoveRuleInstruction,
    ReorderRulesInstruction,
    RuleDescriptionInstruction,
    TagsInstruction,
    UpdateClauseInstruction,
)
from muster.api.patches import MAX_COMMENT_LENGTH
from muster.segments.instruction import MAX_INSTRUCTIONS
from muster.segments.rules import MAX_CLAUSES, WHOLE_WEIGHT

_ADD_RULE: Final[dict[str, Any]] = {"kind": "addRule", "clauses": [CLAUSE], "weight": 50_000}
_ADD_TARGETS: Final[dict[str, Any]] = {
    "kind": "addIncludedTargets",
    "contextKind": "device",
    "values": ["till-7"],
}
SEGMENT_PATCH: Final[dict[str, Any]] = {
    "instructions": [ADD_TAGS, _ADD_RULE, _ADD_TARGETS],
    "comment": "the staff of Europe",
}
_Keys = list[ContextKeyText]
_Weight = Annotated[int, Field(ge=0, le=WHOLE_WEIGHT)]


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
    contextKind: NotRequired[ContextKindText | None]
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
    rolloutContextKind: NotRequired[ContextKindText | None]
    """The kind of the contexts that the weight shares out; `user` where it is left out."""
    bucketBy: NotRequired[str | None]
    """The attribute that decides who is among them; the key where it is left out."""


@document(
    example={
        "kind": "updateRuleRolloutAndContextKind",
        "ruleId": RULE_ID,
        "weight": 25_000,
        "contextKind": "user",
    }
)
class RuleRolloutInstruction(TypedDict):
    """Changes how many of the contexts that match a rule are taken in."""

    kind: Literal["updateRuleRolloutAndContextKind"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    weight: NotRequired[_Weight | None]
    """How many of 100,000; all where it is left out."""
    contextKind: NotRequired[ContextKindText | None]
    """The kind of the contexts that the weight shares out; `user` where it is left out."""


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
    importId: InstructionId
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


@document(example=SEGMENT_PATCH)
class SegmentSemanticPatch(TypedDict):
    """Instructions, and why. It is sent as `application/json; domain-model=launchdarkly.semanticpatch`."""

    instructions: Annotated[
        list[SegmentInstruction], Field(min_length=1, max_length=MAX_INSTRUCTIONS)
    ]
    """Followed in order, all or none. They name 1,500 targets at most."""
    comment: NotRequired[Annotated[str, Field(max_length=MAX_COMMENT_LENGTH)] | None]
    """Goes into the audit log."""
    environmentKey: NotRequired[str | None]
    """The key of the environment, if anything."""
