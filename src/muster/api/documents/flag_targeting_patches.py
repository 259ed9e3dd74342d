"""Instructions about what a flag is in one environment."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.segment_members import ContextKeyText
from muster.api.documents.semantic_patches import (
    CLAUSE,
    RULE_ID,
    ClausePost,
    ContextKindText,
    InstructionId,
)
from muster.api.documents.sent import KEY
from muster.flags.reading import MAX_PREREQUISITES
from muster.flags.targeting import WHOLE_WEIGHT
from muster.segments.rules import MAX_CLAUSES, MAX_RULES

_TRUE: Final = "e4b1a6d0-2f6c-4c59-8f0e-7a9b3c2d1e05"
_FALSE: Final = "a0f3c7e2-8d1b-4b6a-9e5d-6c4b2a1f0d93"
_WEIGHTS: Final[dict[str, int]] = {_TRUE: 25_000, _FALSE: 75_000}
_RULE: Final[dict[str, Any]] = {"clauses": [CLAUSE], "variationId": _TRUE}
ADD_RULE: Final[dict[str, Any]] = {"kind": "addRule", **_RULE}
_TARGETS: Final[dict[str, Any]] = {
    "variationId": _TRUE,
    "contextKind": "device",
    "values": ["till-7"],
}
_PREREQUISITE: Final[dict[str, Any]] = {"key": "payment", "variationId": _TRUE}
_Clauses = Annotated[list[ClausePost], Field(min_length=1, max_length=MAX_CLAUSES)]
_Weights = dict[str, Annotated[int, Field(ge=0, le=WHOLE_WEIGHT)]]


@document(example={"rolloutWeights": _WEIGHTS})
class _Served(TypedDict):
    variationId: NotRequired[InstructionId | None]
    """The id of the variation to serve; this, or `rolloutWeights`."""
    rolloutWeights: NotRequired[_Weights | None]
    """How many of 100,000 contexts get each variation, by its id."""
    rolloutContextKind: NotRequired[ContextKindText | None]
    """The kind of the contexts that are shared out; `user` where it is left out."""
    rolloutBucketBy: NotRequired[str | None]
    """The attribute that decides who gets which; the key where it is left out."""


@document(example={"kind": "turnFlagOn"})
class TurnFlagInstruction(TypedDict):
    """Turns the flag on or off in the environment."""

    kind: Literal["turnFlagOn", "turnFlagOff"]
    """What to do."""


@document(example=ADD_RULE)
class AddFlagRuleInstruction(_Served):
    """Adds a rule, the last one unless `beforeRuleId` is given."""

    kind: Literal["addRule"]
    """What to do."""
    clauses: _Clauses
    """All of them must hold."""
    description: NotRequired[str | None]
    """What it is for."""
    trackEvents: NotRequired[bool]
    """Whether SDKs send an event in detail each time it decides."""
    beforeRuleId: NotRequired[InstructionId | None]
    """The rule before which it is to stand."""


@document(example=_RULE)
class FlagRulePost(_Served):
    """A rule that is to be."""

    _id: NotRequired[InstructionId | None]
    """Its id; a new one where it is left out and the rule is none that stands at its place."""
    clauses: _Clauses
    """All of them must hold."""
    description: NotRequired[str | None]
    """What it is for."""
    trackEvents: NotRequired[bool]
    """Whether SDKs send an event in detail each time it decides."""


@document(example={"kind": "replaceRules", "rules": [_RULE]})
class ReplaceFlagRulesInstruction(TypedDict):
    """Puts other rules in the place of all that there are."""

    kind: Literal["replaceRules"]
    """What to do."""
    rules: Annotated[list[FlagRulePost], Field(max_length=MAX_RULES)]
    """All that there are to be."""


@document(
    example={
        "kind": "updateRuleVariationOrRollout",
        "ruleId": RULE_ID,
        "rolloutWeights": _WEIGHTS,
    }
)
class FlagRuleServedInstruction(_Served):
    """Changes what a rule serves."""

    kind: Literal["updateRuleVariationOrRollout"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""


@document(example={"kind": "updateRuleTrackEvents", "ruleId": RULE_ID, "trackEvents": True})
class FlagRuleEventsInstruction(TypedDict):
    """Changes whether SDKs send an event in detail each time a rule decides."""

    kind: Literal["updateRuleTrackEvents"]
    """What to do."""
    ruleId: InstructionId
    """Which rule."""
    trackEvents: bool
    """Whether they do."""


@document(example={"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": _WEIGHTS})
class FallthroughInstruction(_Served):
    """Changes what those get for whom no target and no rule decides."""

    kind: Literal["updateFallthroughVariationOrRollout"]
    """What to do."""


@document(example={"kind": "updateOffVariation", "variationId": _FALSE})
class OffVariationInstruction(TypedDict):
    """Changes what is served while the flag is off."""

    kind: Literal["updateOffVariation"]
    """What to do."""
    variationId: InstructionId
    """The id of the variation."""


@document(example={"kind": "addTargets", **_TARGETS})
class FlagTargetsInstruction(TypedDict):
    """Makes contexts targets of a variation, or takes that back; each can be a target of one."""

    kind: Literal["addTargets", "removeTargets"]
    """What to do."""
    variationId: InstructionId
    """The id of the variation."""
    values: list[ContextKeyText]
    """The keys of the contexts."""
    contextKind: NotRequired[ContextKindText | None]
    """Their kind; `user` where it is left out."""


@document(example={"kind": "addUserTargets", "variationId": _TRUE, "values": ["ada"]})
class FlagUserTargetsInstruction(TypedDict):
    """Does the same with users."""

    kind: Literal["addUserTargets", "removeUserTargets"]
    """What to do."""
    variationId: InstructionId
    """The id of the variation."""
    values: list[ContextKeyText]
    """Their keys."""


@document(example={"kind": "clearTargets", "variationId": _TRUE})
class ClearFlagTargetsInstruction(TypedDict):
    """Takes away all targets of a variation, or those that are users."""

    kind: Literal["clearTargets", "clearUserTargets"]
    """What to do."""
    variationId: InstructionId
    """The id of the variation."""


@document(example=_TARGETS)
class FlagTargetsPost(TypedDict):
    """Targets that are to be."""

    variationId: InstructionId
    """The id of the variation that they get."""
    values: list[ContextKeyText]
    """The keys of the contexts."""
    contextKind: NotRequired[ContextKindText | None]
    """Their kind; `user` where it is left out."""


@document(example={"kind": "replaceTargets", "targets": [_TARGETS]})
class ReplaceFlagTargetsInstruction(TypedDict):
    """Puts other targets in the place of all that there are, or other users in the place of users."""

    kind: Literal["replaceTargets", "replaceUserTargets"]
    """What to do."""
    targets: list[FlagTargetsPost]
    """All that there are to be."""


@document(example={"kind": "addPrerequisite", **_PREREQUISITE})
class FlagPrerequisiteInstruction(TypedDict):
    """Asks for another flag first, or for another of its variations."""

    kind: Literal["addPrerequisite", "updatePrerequisite"]
    """What to do."""
    key: Annotated[str, KEY]
    """The key of the other flag."""
    variationId: InstructionId
    """The id of the variation that a context has to get there."""


@document(example={"kind": "removePrerequisite", "key": "payment"})
class RemoveFlagPrerequisiteInstruction(TypedDict):
    """Asks for another flag no more."""

    kind: Literal["removePrerequisite"]
    """What to do."""
    key: Annotated[str, KEY]
    """The key of the other flag."""


@document(example=_PREREQUISITE)
class FlagPrerequisitePost(TypedDict):
    """A prerequisite that is to be."""

    key: Annotated[str, KEY]
    """The key of the other flag."""
    variationId: InstructionId
    """The id of the variation that a context has to get there."""


@document(example={"kind": "replacePrerequisites", "prerequisites": [_PREREQUISITE]})
class ReplaceFlagPrerequisitesInstruction(TypedDict):
    """Puts other prerequisites in the place of all that there are."""

    kind: Literal["replacePrerequisites"]
    """What to do."""
    prerequisites: Annotated[list[FlagPrerequisitePost], Field(max_length=MAX_PREREQUISITES)]
    """All that there are to be."""


@document(example={"kind": "updateTrackEvents", "trackEvents": True})
class FlagEventsInstruction(TypedDict):
    """Changes whether SDKs send an event in detail each time, or each time the fallthrough decides."""

    kind: Literal["updateTrackEvents", "updateTrackEventsFallthrough"]
    """What to do."""
    trackEvents: bool
    """Whether they do."""
