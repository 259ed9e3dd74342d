"""Patches of flags as edits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import Field

from muster.accounts.model import ClientSideAvailability
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.flag_representations import show_flag
from muster.api.patches import Patch, apply_patch, read_patch
from muster.api.semantic_patches import find_semantic_patch
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json
from muster.flags.edits import FlagEdit, with_variations
from muster.flags.instructions import following_instructions
from muster.flags.model import Flag, FlagPlace
from muster.flags.reading import (
    read_custom_properties,
    read_defaults,
    read_targeting,
    read_variations,
)

_SIMPLE: Final = {
    "name": "name",
    "description": "description",
    "tags": "tags",
    "temporary": "temporary",
}
_CHANGEABLE: Final = {
    *_SIMPLE,
    "archived",
    "clientSideAvailability",
    "customProperties",
    "defaults",
    "environments",
    "includeInSnippet",
    "variations",
}
"""What can be changed of a flag, as the API calls it."""
_TARGETING: Final = {
    "contextTargets",
    "fallthrough",
    "offVariation",
    "on",
    "prerequisites",
    "rules",
    "targets",
    "trackEvents",
    "trackEventsFallthrough",
}
"""What can be changed of it in one environment."""


class _Availability(Fields):
    usingEnvironmentId: bool  # noqa: N815 - the API's names
    usingMobileKey: bool  # noqa: N815


class _FlagFields(Fields):
    name: str
    description: str = ""
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    temporary: bool
    archived: bool
    includeInSnippet: bool  # noqa: N815
    clientSideAvailability: _Availability  # noqa: N815
    environments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FlagPatch:
    """What the body of a PATCH asks for, and why."""

    edit: FlagEdit
    comment: str


def read_flag_patch(body: Json, content_type: str, clock: Clock) -> FlagPatch:
    """Return the patch that a body spells: a JSON Patch, a merge patch or a semantic one.

    Args:
        content_type: of the body; it tells a semantic patch from the others.

    Raises:
        InvalidRequestError: it is none.
    """
    semantic = find_semantic_patch(body, content_type)
    if semantic is not None:
        edit = following_instructions(semantic.instructions, semantic.environment_key, clock)
        return FlagPatch(edit, semantic.comment)
    patch = read_patch(body)
    return FlagPatch(_edit_of(patch, clock), patch.comment)


def _edit_of(patch: Patch, clock: Clock) -> FlagEdit:

    def edit(flag: Flag, place: FlagPlace) -> Flag:
        shown = show_flag(flag, place.project, place.environments)
        patched = apply_patch(shown, patch, _CHANGEABLE)
        fields = read_fields(_FlagFields, patched)
        changed: dict[str, Any] = changed_fields(fields, _SIMPLE, shown, patched)
        if patched["archived"] != shown["archived"]:
            changed["archived_at"] = clock.now() if fields.archived else None
        if patched.get("customProperties") != shown["customProperties"]:
            changed["custom_properties"] = read_custom_properties(
                patched.get("customProperties") or {}, "/customProperties"
            )
        availability = _read_availability(fields, shown)
        flag = replace(flag, availability=availability, **changed)
        flag = _with_values(flag, shown, patched)
        return _with_targetings(flag, place, shown, fields.environments, clock)

    return edit


def _read_availability(fields: _FlagFields, shown: Mapping[str, Json]) -> ClientSideAvailability:
    """Return the availability; what older clients call `includeInSnippet` is a part of it."""
    asked = fields.clientSideAvailability
    for_browsers = asked.usingEnvironmentId
    if fields.includeInSnippet != shown["includeInSnippet"]:
        for_browsers = fields.includeInSnippet
    return ClientSideAvailability(for_browsers, asked.usingMobileKey)


def _with_values(flag: Flag, shown: Mapping[str, Json], patched: Mapping[str, Json]) -> Flag:
    if patched.get("variations") != shown["variations"]:
        flag = with_variations(flag, read_variations(patched.get("variations"), "/variations"))
    if patched.get("defaults") != shown["defaults"]:
        defaults = read_defaults(patched.get("defaults"), "/defaults", len(flag.variations))
        flag = replace(flag, defaults=defaults)
    return flag


def _with_targetings(
    flag: Flag,
    place: FlagPlace,
    shown: Mapping[str, Any],
    patched: Mapping[str, Any],
    clock: Clock,
) -> Flag:
    unknown = [key for key in patched if place.find(key) is None]
    if unknown:
        raise InvalidRequestError(
            f"/environments/{unknown[0][:256]}: the project has no such environment.",
            pointer="/environments",
        )
    for environment in place.environments:
        pointer = f"/environments/{environment.key}"
        before, after = shown["environments"][environment.key], patched.get(environment.key)
        if before == after:
            continue
        _check_targeting(before, after, pointer)
        targeting = read_targeting(after, pointer, len(flag.variations))
        flag = flag.with_targeting(environment, targeting, clock.now())
    return flag


def _check_targeting(before: Mapping[str, Json], after: Any, pointer: str) -> None:
    if not isinstance(after, Mapping):
        raise InvalidRequestError(
            f"{pointer}: what a flag is in an environment can be changed, and not removed.",
            pointer=pointer,
        )
    for name in dict.fromkeys([*before, *after]):
        if name not in _TARGETING and before.get(name) != after.get(name):
            raise InvalidRequestError(
                f"{pointer}/{name} can't be changed. What can: {', '.join(sorted(_TARGETING))}.",
                pointer=f"{pointer}/{name}",
            )
