"""Environments that are to be made, alone or with their project."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from muster.accounts.model import Environment, Project
from muster.core.errors import InvalidRequestError
from muster.core.ids import EnvironmentId, EnvironmentKey, new_id
from muster.core.naming import check_key, check_name, clean_tags
from muster.core.secrets import Secret, new_mobile_key, new_sdk_key

MAX_TTL_MINUTES: Final = 60
_COLOR: Final = re.compile("[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class EnvironmentDraft:
    """An environment that is to be made; see `Environment`."""

    key: str
    name: str
    color: str
    tags: Sequence[str] = ()
    critical: bool = False
    default_ttl_minutes: int = 0
    secure_mode: bool = False
    default_track_events: bool = False
    require_comments: bool = False
    confirm_changes: bool = False


def new_environment(project: Project, draft: EnvironmentDraft, now: datetime) -> Environment:
    """Return a new environment of a project, with new keys.

    Raises:
        InvalidRequestError: something of the draft can't be so.
    """
    return checked_environment(
        Environment(
            id=EnvironmentId(new_id()),
            project_id=project.id,
            project_key=project.key,
            key=EnvironmentKey(draft.key),
            name=draft.name,
            color=draft.color,
            sdk_key=Secret(new_sdk_key()),
            mobile_key=Secret(new_mobile_key()),
            tags=tuple(draft.tags),
            critical=draft.critical,
            created_at=now,
            project_tags=project.tags,
            default_ttl_minutes=draft.default_ttl_minutes,
            secure_mode=draft.secure_mode,
            default_track_events=draft.default_track_events,
            require_comments=draft.require_comments,
            confirm_changes=draft.confirm_changes,
        )
    )


def checked_environment(environment: Environment) -> Environment:
    """Return an environment with its tags in order, if it can be so.

    Raises:
        InvalidRequestError: it can't.
    """
    check_key(environment.key, "environment")
    check_name(environment.name, "environment")
    if not _COLOR.fullmatch(environment.color):
        raise InvalidRequestError(
            f"{environment.color[:64]!r} is no colour: write six hexadecimal digits without '#', such as "
            "417505.",
            pointer="/color",
        )
    if not 0 <= environment.default_ttl_minutes <= MAX_TTL_MINUTES:
        raise InvalidRequestError(
            f"The default TTL is {environment.default_ttl_minutes} minutes; it must be from 0 to "
            f"{MAX_TTL_MINUTES}.",
            pointer="/defaultTtl",
        )
    return replace(environment, tags=clean_tags(environment.tags))
