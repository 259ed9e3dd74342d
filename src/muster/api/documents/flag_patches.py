"""The instructions of a semantic patch of a flag."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.flag_targeting_patches import (
    ADD_RULE,
    AddFlagRuleInstruction,
    ClearFlagTargetsInstruction,
    FallthroughInstruction,
    FlagEventsInstruction,
    FlagPrerequisiteInstruction,
    FlagRuleEventsInstruction,
    FlagRuleServedInstruction,
    FlagTargetsInstruction,
    FlagUserTargetsInstruction,
    OffVariationInstruction,
    RemoveFlagPrerequisiteInstruction,
    ReplaceFlagPrerequisitesInstruction,
    ReplaceFlagRulesInstruction,
    ReplaceFlagTargetsInstruction,
    TurnFlagInstruction,
)
from muster.api.documents.semantic_patches import (
    AddClausesInstruction,
    ClauseValuesInstruction,
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
from muster.flags.edits import MAX_DESCRIPTION_LENGTH
from muster.segments.instruction import MAX_INSTRUCTIONS

_VARIATION_ID: Final = "e4b1a6d0-2f6c-4c59-8f0e-7a9b3c2d1e05"
_PROPERTY: Final[dict[str, Any]] = {"key": "ticket", "name": "Ticket", "values": ["SHOP-12"]}
FLAG_PATCH: Final[dict[str, Any]] = {
    "environmentKey": "production",
    "instructions": [{"kind": "turnFlagOn"}, ADD_RULE],
    "comment": "the staff first",
}


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


@document(example={"kind": "updateVariation", "variationId": _VARIATION_ID, "name": "Shown"})
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


@document(example={"kind": "removeVariation", "variationId": _VARIATION_ID})
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
