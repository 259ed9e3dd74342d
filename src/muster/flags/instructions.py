"""Semantic patches: instructions that say what is to become of a flag, by LaunchDarkly's names.

An instruction that is satisfied already is none. All of a patch are followed, or none is.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from muster.accounts.model import Environment
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json
from muster.flags.edits import FlagEdit
from muster.flags.flag_instructions import FLAG_INSTRUCTIONS
from muster.flags.instruction_fields import FlagInstruction
from muster.flags.model import Flag, FlagPlace
from muster.flags.reading import read_custom_properties, read_targeting, read_variations
from muster.flags.targeting_instructions import TARGETING_INSTRUCTIONS
from muster.segments.instruction import read_instructions

_KNOWN: Final = (*TARGETING_INSTRUCTIONS, *FLAG_INSTRUCTIONS)
_NO_MAINTAINERS: Final = (
    "flags have no maintainers here; addCustomProperties or addTags can say whose a flag is"
)
_NOT_DEPRECATED: Final = "flags are not deprecated here; use archiveFlag and restoreFlag"
_REFUSED: Final[Mapping[str, str]] = {
    "updateMaintainerMember": _NO_MAINTAINERS,
    "updateMaintainerTeam": _NO_MAINTAINERS,
    "removeMaintainer": _NO_MAINTAINERS,
    "deprecateFlag": _NOT_DEPRECATED,
    "restoreDeprecatedFlag": _NOT_DEPRECATED,
    "deleteFlag": "send DELETE to the flag's path, or use archiveFlag",
}


def following_instructions(
    instructions: Json, environment_key: str | None, clock: Clock
) -> FlagEdit:
    """Return the edit that follows the instructions of a semantic patch.

    Args:
        instructions: as they were sent: `[{"kind": "turnFlagOn"}]`.
        environment_key: the environment that those are about that are about one; None where none is given.

    Raises:
        InvalidRequestError: by the edit: one of them can't be read or followed; none is. Or there is no
            such environment.
    """

    def edit(flag: Flag, place: FlagPlace) -> Flag:
        environment = None if environment_key is None else _get_environment(place, environment_key)
        now, followed = clock.now(), flag
        for one in read_instructions(instructions, _KNOWN, _REFUSED):
            asked = FlagInstruction(one.kind, one.fields, one.pointer, followed, place, now)
            followed = _follow(asked, environment)
        if environment is not None:
            followed = _with_one_version(flag, followed, environment, now)
        _check(flag, followed, environment)
        return followed

    return edit


def _follow(one: FlagInstruction, environment: Environment | None) -> Flag:
    if one.kind in FLAG_INSTRUCTIONS:
        return FLAG_INSTRUCTIONS[one.kind](one)
    if environment is None:
        raise InvalidRequestError(
            f"/environmentKey: {one.kind} ({one.pointer}) is about one environment: expected its key, one of "
            f"{_keys(one.place)}.",
            pointer="/environmentKey",
        )
    before = one.flag.configuration_in(environment).targeting
    after = TARGETING_INSTRUCTIONS[one.kind](before, one)
    return one.flag.with_targeting(environment, after, one.now)


def _with_one_version(before: Flag, after: Flag, environment: Environment, now: datetime) -> Flag:
    """Return the flag with the next version in an environment, however many instructions changed it there."""
    old, new = before.configuration_in(environment), after.configuration_in(environment)
    if new.version == old.version:
        return after
    others = {key: one for key, one in after.configurations.items() if key != environment.id}
    if new.targeting != old.targeting or after.variations != before.variations:
        changed = replace(new, version=old.version + 1, modified_at=now)
        return replace(after, configurations={**others, environment.id: changed})
    known = before.configurations.get(environment.id)
    kept = {} if known is None else {environment.id: known}
    return replace(after, configurations={**others, **kept})


def _check(before: Flag, after: Flag, environment: Environment | None) -> None:
    """Check that what instructions made of a flag, one by one, can be as a whole.

    Raises:
        InvalidRequestError: there is too much of something, or two things have the same id.
    """
    if after.variations != before.variations:
        read_variations([one.to_json() for one in after.variations], "/variations")
    if after.custom_properties != before.custom_properties:
        read_custom_properties(
            {key: one.to_json() for key, one in after.custom_properties.items()},
            "/customProperties",
        )
    if environment is not None:
        targeting = after.configuration_in(environment).targeting
        if targeting != before.configuration_in(environment).targeting:
            pointer = f"/environments/{environment.key}"
            read_targeting(targeting.to_json(), pointer, len(after.variations))


def _get_environment(place: FlagPlace, key: str) -> Environment:
    environment = place.find(key)
    if environment is None:
        raise InvalidRequestError(
            f"/environmentKey: {place.project.key} has no environment {key[:256]!r}. It has {_keys(place)}.",
            pointer="/environmentKey",
        )
    return environment


def _keys(place: FlagPlace) -> str:
    return ", ".join(one.key for one in place.environments[:20])
