"""The instructions of a semantic patch of a flag."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.segment_members import ContextKeyText
from muster.api.documents.semantic_patches import (
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
from muster.api.documents.sent import KEY
from muster.api.patches import MAX_COMMENT_LENGTH
from muster.flags.edits import MAX_DESCRIPTION_LENGTH
from muster.flags.reading import MAX_PREREQUISITES
from muster.flags.targeting import WHOLE_WEIGHT
from muster.segments.instruction import MAX_INSTRUCTIONS
from muster.segments.rules import MAX_CLAUSES, MAX_RULES

_TRUE: Final = "e4b1a6d0-2f6c-4c59-8f0e-7a9b3c2d1e05"
_FALSE: Final = "a0f3c7e2-8d1b-4b6a-9e5d-6c4b2a1f0d93"
_WEIGHTS: Final[dict[str, int]] = {_TRUE: 25_000, _FALSE: 75_000}
_RULE: Final[dict[str, Any]] = {"clauses": [CLAUSE], "variationId": _TRUE}
_ADD_RULE: Final[dict[str, Any]] = {"kind": "addRule", **_RULE}
_TARGETS: Final[dict[str, Any]] = {
    "variationId": _TRUE,
    "contextKind": "device",
    "values": ["till-7"],
}
_PREREQUISITE: Final[dict[str, Any]] = {"key": "payment", "variationId": _TRUE}
_PROPERTY: Final[dict[str, Any]] = {"key": "ticket", "name": "Ticket", "values": ["SHOP-12"]}
FLAG_PATCH: Final[dict[str, Any]] = {
    "environmentKey": "production",
    "instructions": [{"kind": "turnFlagOn"}, _ADD_RULE],
    "comment": "the staff first",
}
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


@document(example=_ADD_RULE)
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


@document(example={"kind": "addVariation", "value": "blue", "name": "Blue"})
class AddVariationInstruction(TypedDict):
    """Adds a variation, the last one."""

    kind: Literal["addVariation"]
    """What to do."""
    value: Any
    """Its value, of whatever type, which no other has."""
    name: NotRequired[str | None]
    """What people are to call it."""
    description: NotRequired[str | None]
    """What it is for."""


@document(example={"kind": "updateVariation", "variationId": _TRUE, "name": "Shown"})
class UpdateVariationInstruction(TypedDict):
    """Changes what is given of a variation."""

    kind: Literal["updateVariation"]
    """What to do."""
    variationId: InstructionId
    """Which variation."""
    value: NotRequired[Any]
    """Its value."""
    name: NotRequired[str | None]
    """What people are to call it."""
    description: NotRequired[str | None]
    """What it is for."""


@document(example={"kind": "removeVariation", "variationId": _TRUE})
class RemoveVariationInstruction(TypedDict):
    """Takes a variation away that is served nowhere."""

    kind: Literal["removeVariation"]
    """What to do."""
    variationId: InstructionId
    """Which variation."""


@document(
    example={
        "kind": "updateDefaultVariation",
        "onVariationValue": True,
        "offVariationValue": False,
    }
)
class DefaultVariationInstruction(TypedDict):
    """Changes what the flag serves in a new environment: one of the two, or both."""

    kind: Literal["updateDefaultVariation"]
    """What to do."""
    onVariationValue: NotRequired[Any]
    """The value of the variation that is served while it is on."""
    offVariationValue: NotRequired[Any]
    """The value of the one that is served while it is off."""


@document(example={"kind": "updateDescription", "value": "For the summer sale."})
class DescriptionInstruction(TypedDict):
    """Gives the flag another description."""

    kind: Literal["updateDescription"]
    """What to do."""
    value: Annotated[str, Field(max_length=MAX_DESCRIPTION_LENGTH)]
    """What it is for; empty for nothing."""


@document(example={"kind": "makeFlagPermanent"})
class FlagStateInstruction(TypedDict):
    """Says whether the flag is to be removed some day, puts it out of use, or takes it back into use."""

    kind: Literal["makeFlagTemporary", "makeFlagPermanent", "archiveFlag", "restoreFlag"]
    """What to do."""


@document(example={"kind": "turnOnClientSideAvailability", "value": "usingEnvironmentId"})
class FlagAvailabilityInstruction(TypedDict):
    """Gives the flag to SDKs outside of servers, or takes it from them."""

    kind: Literal["turnOnClientSideAvailability", "turnOffClientSideAvailability"]
    """What to do."""
    value: Literal["usingEnvironmentId", "usingMobileKey"]
    """Which SDKs: those in browsers, or those in mobile apps."""


@document(example={"kind": "addCustomProperties", **_PROPERTY})
class CustomPropertiesInstruction(TypedDict):
    """Adds values to a custom property, which is made where there is none, or gives it others."""

    kind: Literal["addCustomProperties", "replaceCustomProperties"]
    """What to do."""
    key: Annotated[str, Field(min_length=1)]
    """Which property."""
    name: NotRequired[str | None]
    """What people are to call it; a new one needs it."""
    values: list[str]
    """The values."""


@document(example={"kind": "removeCustomProperties", "key": "ticket", "values": ["SHOP-12"]})
class RemoveCustomPropertiesInstruction(TypedDict):
    """Takes values from a custom property, which goes with the last of them."""

    kind: Literal["removeCustomProperties"]
    """What to do."""
    key: Annotated[str, Field(min_length=1)]
    """Which property."""
    name: NotRequired[str | None]
    """Its name, which is passed over."""
    values: list[str]
    """The values."""


FlagInstruction = (
    TurnFlagInstruction
    | AddFlagRuleInstruction
    | RemoveRuleInstruction
    | ReplaceFlagRulesInstruction
    | ReorderRulesInstruction
    | RuleDescriptionInstruction
    | FlagRuleServedInstruction
    | FlagRuleEventsInstruction
    | AddClausesInstruction
    | RemoveClausesInstruction
    | UpdateClauseInstruction
    | ClauseValuesInstruction
    | FallthroughInstruction
    | OffVariationInstruction
    | FlagTargetsInstruction
    | FlagUserTargetsInstruction
    | ClearFlagTargetsInstruction
    | ReplaceFlagTargetsInstruction
    | FlagPrerequisiteInstruction
    | RemoveFlagPrerequisiteInstruction
    | ReplaceFlagPrerequisitesInstruction
    | FlagEventsInstruction
    | AddVariationInstruction
    | UpdateVariationInstruction
    | RemoveVariationInstruction
    | DefaultVariationInstruction
    | TagsInstruction
    | NameInstruction
    | DescriptionInstruction
    | FlagStateInstruction
    | FlagAvailabilityInstruction
    | CustomPropertiesInstruction
    | RemoveCustomPropertiesInstruction
)


@document(example=FLAG_PATCH)
class FlagSemanticPatch(TypedDict):
    """Instructions, and why. It is sent as `application/json; domain-model=launchdarkly.semanticpatch`."""

    instructions: Annotated[list[FlagInstruction], Field(min_length=1, max_length=MAX_INSTRUCTIONS)]
    """Followed in order, all or none."""
    comment: NotRequired[Annotated[str, Field(max_length=MAX_COMMENT_LENGTH)] | None]
    """Goes into the audit log."""
    environmentKey: NotRequired[str | None]
    """The environment that the instructions are about that are about one; they need it."""
