"""Flags that other flags ask for."""

from collections.abc import Iterable, Mapping, Sequence

from muster.accounts.model import Environment
from muster.core.errors import ConflictError, InvalidRequestError
from muster.core.wording import first_of
from muster.flags.model import Flag, FlagPlace


def check_prerequisites(flag: Flag, flags: Iterable[Flag], place: FlagPlace) -> None:
    """Check that the flags that a flag asks for are there, and none of them asks for it in turn.

    Args:
        flags: all of the project; the flag itself may be another there.

    Raises:
        InvalidRequestError: that is not so.
    """
    by_key: dict[str, Flag] = {**{one.key: one for one in flags}, flag.key: flag}
    for environment in place.environments:
        for index, one in enumerate(flag.configuration_in(environment).targeting.prerequisites):
            pointer = f"/environments/{environment.key}/prerequisites/{index}"
            asked = by_key.get(one.flag_key)
            if asked is None or asked.archived_at is not None:
                raise InvalidRequestError(
                    f"{pointer}/key: the project has no flag {one.flag_key!r} that is not archived.",
                    pointer=f"{pointer}/key",
                )
            if one.variation >= len(asked.variations):
                raise InvalidRequestError(
                    f"{pointer}/variation: {one.flag_key} has {len(asked.variations)} variations; the first "
                    "is 0.",
                    pointer=f"{pointer}/variation",
                )
            if _reaches(one.flag_key, flag.key, by_key, environment):
                raise InvalidRequestError(
                    f"{pointer}: {one.flag_key} asks for {flag.key} itself, or for a flag that does.",
                    pointer=pointer,
                )


def check_unused(flag: Flag, flags: Iterable[Flag], place: FlagPlace, what: str) -> None:
    """Check that no other flag asks for a flag.

    Args:
        what: what is to be done to it, for the message: `deleted`.

    Raises:
        ConflictError: one does; it is named.
    """
    users = [one.key for one in flags if one.key != flag.key and _asks(one, flag.key, place)]
    if users:
        raise ConflictError(
            f"The flag {flag.key} can't be {what} while it is a prerequisite of {first_of(users)}. Change "
            "those first."
        )


def _asks(flag: Flag, key: str, place: FlagPlace) -> bool:
    return any(key in _asked_by(flag, environment) for environment in place.environments)


def _asked_by(flag: Flag, environment: Environment) -> Sequence[str]:
    targeting = flag.configuration_in(environment).targeting
    return [one.flag_key for one in targeting.prerequisites]


def _reaches(start: str, end: str, flags: Mapping[str, Flag], environment: Environment) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        key = waiting.pop()
        if key == end:
            return True
        if key not in seen and key in flags:
            seen.add(key)
            waiting.extend(_asked_by(flags[key], environment))
    return False
