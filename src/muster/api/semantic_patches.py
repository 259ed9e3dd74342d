"""Semantic patches: bodies of PATCH that hold instructions."""

from dataclasses import dataclass
from typing import Final

from muster.api.patches import read_comment
from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json

SEMANTIC_PATCH: Final = "application/json; domain-model=launchdarkly.semanticpatch"
"""The media type that says that a patch is a semantic one."""
_PARAMETER: Final = "domain-model=launchdarkly.semanticpatch"


@dataclass(frozen=True, slots=True)
class SemanticPatch:
    """What the body of a semantic patch holds.

    Attributes:
        instructions: as they were sent.
        environment_key: in which environment they are to be followed; None where nothing is said.
        comment: why, for the audit log.
    """

    instructions: Json
    environment_key: str | None
    comment: str


def find_semantic_patch(body: Json, content_type: str) -> SemanticPatch | None:
    """Return the semantic patch that a body spells; None for a patch of another kind.

    Args:
        content_type: of the body; it tells a semantic patch from the others.

    Raises:
        InvalidRequestError: it is said to be one and is none, or the other way round.
    """
    if _PARAMETER not in content_type.replace(" ", "").lower():
        if isinstance(body, dict) and "instructions" in body:
            raise InvalidRequestError(
                f"Instructions are a semantic patch: send it with Content-Type: {SEMANTIC_PATCH}.",
                pointer="/instructions",
            )
        return None
    if not isinstance(body, dict):
        raise InvalidRequestError(
            'A semantic patch is an object: {"instructions": [...], "comment": "..."}.'
        )
    environment_key = body.get("environmentKey")
    if not isinstance(environment_key, str | None):
        raise InvalidRequestError(
            "environmentKey is the key of an environment, a text.", pointer="/environmentKey"
        )
    return SemanticPatch(body.get("instructions"), environment_key, read_comment(body))
