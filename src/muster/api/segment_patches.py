"""Patches of segments, of all three kinds that clients send, as edits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import Field

from muster.accounts.model import Environment
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.patches import Patch, apply_patch, read_patch
from muster.api.segment_representations import segment as show_segment
from muster.api.semantic_patches import SemanticPatch, find_semantic_patch
from muster.core.errors import InvalidRequestError
from muster.core.naming import check_context_kind
from muster.core.pointers import Json
from muster.segments.details import SegmentDetails
from muster.segments.edits import Edit, Edited
from muster.segments.instructions import follow_instructions
from muster.segments.rules import read_rules
from muster.segments.targets import (
    DEFAULT_CONTEXT_KIND,
    ContextTargets,
    check_context_key,
    keys_of,
    with_keys,
)

_NAMES: Final = {
    "name": "name",
    "description": "description",
    "tags": "tags",
    "rules": "rules",
    "included": "included",
    "includedContexts": "included_contexts",
    "excluded": "excluded",
    "excludedContexts": "excluded_contexts",
}
"""What can be changed of a segment: as the API calls it, and as it is called here."""
_Texts = Annotated[tuple[str, ...], Field(strict=False)]


class _Contexts(Fields):
    contextKind: str = DEFAULT_CONTEXT_KIND  # noqa: N815 - the API's names
    values: _Texts = ()


_Others = Annotated[tuple[_Contexts, ...], Field(strict=False)]


class _SegmentFields(Fields):
    name: str
    description: str = ""
    tags: _Texts = ()
    rules: list[Any]
    included: _Texts = ()
    excluded: _Texts = ()
    includedContexts: _Others = ()  # noqa: N815
    excludedContexts: _Others = ()  # noqa: N815


@dataclass(frozen=True, slots=True)
class SegmentPatch:
    """What the body of a PATCH asks for, and why."""

    edit: Edit
    comment: str


def read_segment_patch(body: Json, content_type: str, place: Environment) -> SegmentPatch:
    """Return the patch that a body spells.

    Args:
        content_type: of the body; it tells a semantic patch from the others.
        place: the environment that the segment is in.

    Raises:
        InvalidRequestError: it is none.
    """
    semantic = find_semantic_patch(body, content_type)
    if semantic is not None:
        return _read_semantic(semantic, place)
    patch = read_patch(body)
    return SegmentPatch(lambda details: _apply(details, patch, place), patch.comment)


def _read_semantic(patch: SemanticPatch, place: Environment) -> SegmentPatch:
    if patch.environment_key not in (None, place.key):
        raise InvalidRequestError(
            f"The environmentKey is another one than that of the path, {place.key}.",
            pointer="/environmentKey",
        )
    return SegmentPatch(
        lambda details: follow_instructions(details.segment, patch.instructions), patch.comment
    )


def _apply(details: SegmentDetails, patch: Patch, place: Environment) -> Edited:
    shown = show_segment(details, place)
    patched = apply_patch(shown, patch, _NAMES)
    fields = read_fields(_SegmentFields, patched)
    changed = changed_fields(fields, _NAMES, shown, patched)
    segment = details.segment
    simple: dict[str, Any] = {
        name: changed[name] for name in ("name", "description", "tags") if name in changed
    }
    if "rules" in changed:
        simple["rules"] = read_rules(fields.rules, "/rules")
    for ours, theirs in (("included", "includedContexts"), ("excluded", "excludedContexts")):
        if _is_any_changed(changed, ours):
            simple[ours] = _read_targets(
                getattr(fields, ours), getattr(fields, theirs), f"/{ours}", f"/{theirs}"
            )
    return Edited(replace(segment, **simple))


def _is_any_changed(changed: Mapping[str, Any], name: str) -> bool:
    return name in changed or f"{name}_contexts" in changed


def _read_targets(
    users: Sequence[str], others: Sequence[_Contexts], pointer: str, others_pointer: str
) -> tuple[ContextTargets, ...]:
    targets = with_keys((), DEFAULT_CONTEXT_KIND, _checked_keys(users, pointer))
    for index, one in enumerate(others):
        check_context_kind(one.contextKind, f"{others_pointer}/{index}/contextKind")
        keys = _checked_keys(one.values, f"{others_pointer}/{index}/values")
        here = keys_of(targets, one.contextKind)
        targets = with_keys(targets, one.contextKind, [*here, *keys])
    return targets


def _checked_keys(keys: Sequence[str], pointer: str) -> Sequence[str]:
    return [check_context_key(key, f"{pointer}/{index}") for index, key in enumerate(keys)]
