"""Edits of flags: what may be another, and which actions that takes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from muster.access.actions import CREATE_FLAG, UPDATE_NAME
from muster.access.resources import Resource, every_environment, flag_resource
from muster.accounts.model import ClientSideAvailability, Environment, Project
from muster.audit.model import Access
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError
from muster.core.naming import check_key, check_name, clean_tags
from muster.core.pointers import Json
from muster.core.texts import check_text
from muster.flags.model import CustomProperty, Flag, FlagDefaults, FlagPlace, Variation
from muster.flags.reading import gathered_targets
from muster.flags.targeting import FlagTargets

MAX_DESCRIPTION_LENGTH: Final = 4_096
_FLAG_ACTIONS: Final = {
    "name": UPDATE_NAME,
    "description": "updateDescription",
    "tags": "updateTags",
    "variations": "updateFlagVariations",
    "defaults": "updateFlagDefaultVariations",
    "temporary": "updateTemporary",
    "availability": "updateClientSideFlagAvailability",
    "custom_properties": "updateFlagCustomProperties",
    "archived_at": "updateGlobalArchived",
}
"""What can be changed of a flag in all environments at once, and the action that does."""
_TARGETING_ACTIONS: Final = {
    "on": "updateOn",
    "fallthrough": "updateFallthrough",
    "off_variation": "updateOffVariation",
    "prerequisites": "updatePrerequisites",
    "targets": "updateTargets",
    "rules": "updateRules",
    "track_events": "updateTrackEvents",
    "track_events_fallthrough": "updateFlagFallthroughTrackEvents",
}
"""What can be changed of it in each environment, and the action that does."""


@dataclass(frozen=True, slots=True)
class FlagDraft:
    """A flag that is to be made; see `Flag`.

    Attributes:
        tags: None for those that new flags of the project have.
        variations: none for true and false.
        defaults: None for the first variation while the flag is on, and the last while it is off; where
            there are no `variations`, for what the project says of new flags.
        temporary: None for what the project says.
        availability: None for the same.
        on: whether it is to be on in all environments.
    """

    key: str
    name: str
    description: str = ""
    tags: Sequence[str] | None = None
    variations: Sequence[Variation] = ()
    defaults: FlagDefaults | None = None
    temporary: bool | None = None
    availability: ClientSideAvailability | None = None
    custom_properties: Mapping[str, CustomProperty] | None = None
    on: bool = False


FlagEdit = Callable[[Flag, FlagPlace], Flag]
"""Says what is to become of a flag. Its version is not the edit's to set."""


def resource_of(place: Environment | Project, flag: Flag) -> Resource:
    """Return a flag as policies speak of it: in one environment, or in all of a project."""
    where = place.resource if isinstance(place, Environment) else every_environment(place.resource)
    return flag_resource(where, flag.key, frozenset(flag.tags))


def creation_of(project: Project, flag: Flag) -> Access:
    """Return the access of making a flag."""
    return Access(CREATE_FLAG, resource_of(project, flag))


def changes_of(before: Flag, after: Flag, place: FlagPlace) -> Sequence[Access]:
    """Return the accesses of an edit; none where it changes nothing."""
    everywhere = resource_of(place.project, before)
    # What only names a variation by its new index says what it said before.
    same = with_variations(before, after.variations)
    names = _changed(_FLAG_ACTIONS, replace(same, variations=before.variations), after)
    accesses = [Access(action, everywhere) for action in names]
    for environment in place.environments:
        resource = resource_of(environment, before)
        names = _changed(
            _TARGETING_ACTIONS,
            same.configuration_in(environment).targeting,
            after.configuration_in(environment).targeting,
        )
        accesses += [Access(action, resource) for action in names]
    return accesses


def with_variations(flag: Flag, variations: tuple[Variation, ...]) -> Flag:
    """Return a flag with other variations; what names one of those that stay goes on to name it.

    Raises:
        InvalidRequestError: one that is to go is still named.
    """
    if variations == flag.variations:
        return flag
    new = {one.id: index for index, one in enumerate(variations)}
    places = {index: new[one.id] for index, one in enumerate(flag.variations) if one.id in new}
    for name, index in zip(FlagDefaults._fields, flag.defaults, strict=True):
        if index not in places:
            raise _still_named(flag.variations[index], f"the flag's default {name}")
    configurations = {}
    for environment_id, one in flag.configurations.items():
        for pointer, index in one.targeting.uses():
            if index not in places:
                raise _still_named(
                    flag.variations[index], f"{pointer} of the environment {environment_id}"
                )
        moved = one.targeting.with_places(places)
        configurations[environment_id] = replace(one, targeting=moved)
    return replace(
        flag,
        variations=variations,
        defaults=FlagDefaults(*(places[index] for index in flag.defaults)),
        configurations=configurations,
    )


def checked_flag(flag: Flag) -> Flag:
    """Return a flag with its tags in order, if there can be such a flag.

    Raises:
        InvalidRequestError: there can't.
    """
    check_key(flag.key, "flag")
    check_name(flag.name, "flag")
    check_text(flag.description, "A description", "/description", max_length=MAX_DESCRIPTION_LENGTH)
    return replace(flag, tags=clean_tags(flag.tags))


def serving_context(
    environment: Environment, context_kind: str, context_key: str, value: Json, clock: Clock
) -> FlagEdit:
    """Return the edit that makes a context a target of the variation with a value, and of no other.

    Args:
        value: the variation's; None for none: the rules decide.

    Raises:
        InvalidRequestError: by the edit: the flag has no variation with this value, or too many targets.
    """

    def edit(flag: Flag, _: FlagPlace) -> Flag:
        targeting = flag.configuration_in(environment).targeting
        targets = [
            one.without({context_key}) if one.context_kind == context_kind else one
            for one in targeting.targets
        ]
        if value is not None:
            targets.append(FlagTargets(_find_variation(flag, value), context_kind, (context_key,)))
        changed = replace(targeting, targets=gathered_targets(targets, "/targets"))
        return flag.with_targeting(environment, changed, clock.now())

    return edit


def _find_variation(flag: Flag, value: Json) -> int:
    index = flag.find_variation(value)
    if index is not None:
        return index
    known = ", ".join(json.dumps(one.value)[:64] for one in flag.variations[:20])
    raise InvalidRequestError(
        f"/setting: the flag {flag.key} has no variation with this value. It has {known}.",
        pointer="/setting",
    )


def _changed(actions: Mapping[str, str], before: object, after: object) -> Sequence[str]:
    return [
        action for name, action in actions.items() if getattr(before, name) != getattr(after, name)
    ]


def _still_named(variation: Variation, where: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"The variation {variation.name or variation.id} can't be removed while {where} names it. Change "
        "that first.",
        pointer="/variations",
    )
