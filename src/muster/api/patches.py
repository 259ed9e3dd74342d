"""JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386) on what the REST API shows.

One thing is more lenient than the RFC, since clients rely on it: `replace` of a member that is not there,
as of `/description`, adds it.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import jsonpatch
from jsonpointer import JsonPointerException

from muster.core.errors import ConflictError, InapplicableChangeError, InvalidRequestError
from muster.core.json_values import show, unexpected
from muster.core.pointers import MISSING, Json, PointerSyntaxError, parse_pointer, resolve
from muster.core.texts import check_text

MAX_OPERATIONS: Final = 1_000
MAX_COMMENT_LENGTH: Final = 4_096
_OPERATIONS: Final = ("add", "remove", "replace", "move", "copy", "test")
MAX_COPIED: Final = 50_000
"""How many values the `copy` operations of a patch may copy in all: each could double what there is."""


@dataclass(frozen=True, slots=True)
class Patch:
    """What the body of a PATCH asks for.

    Attributes:
        operations: those of a JSON Patch, as they were sent; None for a merge patch.
        merge: a merge patch; None for a JSON Patch.
        comment: why, for the audit log.
    """

    operations: Json = None
    merge: Mapping[str, Json] | None = None
    comment: str = ""


def read_patch(body: Json) -> Patch:
    """Return the patch that a body spells, in whichever way clients may.

    A list is a JSON Patch; an object with `patch` holds one, an object with `merge` holds a merge patch,
    both perhaps with a `comment`; any other object is a merge patch.

    Raises:
        InvalidRequestError: it is none of these.
    """
    if isinstance(body, list):
        return Patch(operations=body)
    if not isinstance(body, dict):
        raise InvalidRequestError(
            "A patch is a list of operations, {patch: [...], comment}, or an object with what changes."
        )
    if "patch" in body:
        return Patch(operations=_listed(body["patch"]), comment=read_comment(body))
    if "merge" not in body:
        return Patch(merge=body)
    if not isinstance(body["merge"], dict):
        raise InvalidRequestError("A merge patch is an object.", pointer="/merge")
    return Patch(merge=body["merge"], comment=read_comment(body))


def apply_patch(
    shown: Mapping[str, Json], patch: Patch, changeable: Collection[str]
) -> dict[str, Json]:
    """Return what a patch makes of a representation, which is not changed.

    Args:
        shown: the representation.
        changeable: the top-level members that may become others.

    Raises:
        InvalidRequestError: it is no patch, or changes what can't be changed.
        ConflictError: a `test` fails.
        InapplicableChangeError: a path leads nowhere.
    """
    if patch.merge is None:
        return apply_json_patch(shown, patch.operations, changeable)
    try:
        patched = _merged(shown, patch.merge)
    except RecursionError as error:
        raise InvalidRequestError("The patch is nested too deeply.") from error
    _check_changeable(shown, patched, changeable)
    return patched


def apply_json_patch(
    shown: Mapping[str, Json], operations: Json, changeable: Collection[str]
) -> dict[str, Json]:
    """Return what a patch makes of a representation, which is not changed.

    Args:
        shown: the representation.
        operations: the patch, as it was sent.
        changeable: the top-level members that may become others.

    Raises:
        InvalidRequestError: it is no patch, or changes what can't be changed.
        ConflictError: a `test` fails.
        InapplicableChangeError: a path leads nowhere.
    """
    patch = [_read_operation(one, index, shown) for index, one in enumerate(_listed(operations))]
    patched = _apply_in_order(shown, patch)
    if not isinstance(patched, dict):
        raise InapplicableChangeError("The patch puts something else in the place of the whole.")
    _check_changeable(shown, patched, changeable)
    return patched


def _apply_in_order(shown: Mapping[str, Json], operations: Sequence[dict[str, Any]]) -> Json:
    patched: Json = deepcopy(dict(shown))
    room = MAX_COPIED
    for index, one in enumerate(operations):
        if one.get("op") == "copy":
            room -= _size(_resolve_text(patched, one.get("from")), room)
            if room < 0:
                raise InvalidRequestError(
                    f"The patch copies more than {MAX_COPIED:,} values. Send the values themselves.",
                    pointer=f"/{index}",
                )
        patched = _apply(patched, one, index)
    return patched


def _apply(patched: Json, operation: dict[str, Any], index: int) -> Json:
    try:
        return jsonpatch.apply_patch(patched, [operation], in_place=True)
    except jsonpatch.JsonPatchTestFailed as error:
        raise ConflictError(
            f"A test of the patch fails: at {operation['path']!r} there is another value. Read it again, "
            "then patch that.",
            pointer=f"/{index}",
        ) from error
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError) as error:
        raise InapplicableChangeError(
            f"The patch can't be applied at {operation['path']!r}: {str(error).rstrip('.')}.",
            pointer=f"/{index}",
        ) from error


def _resolve_text(document: Json, pointer: str | None) -> Json:
    try:
        return MISSING if pointer is None else resolve(document, parse_pointer(pointer))
    except PointerSyntaxError:
        return MISSING  # jsonpatch says so


def _size(value: Json, most: int) -> int:
    """Return how many values there are in a value, itself one; many more than `most` are not counted."""
    size, waiting = 0, [value]
    while waiting and size <= most:
        one = waiting.pop()
        size += 1
        if isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return size


def _check_changeable(
    shown: Mapping[str, Json], patched: Mapping[str, Json], changeable: Collection[str]
) -> None:
    for name in dict.fromkeys([*shown, *patched]):
        is_same = shown.get(name, MISSING) == patched.get(name, MISSING)
        if not is_same and name not in changeable:
            raise InvalidRequestError(
                f"{name} can't be changed. What can: {', '.join(sorted(changeable))}.",
                pointer=f"/{name}",
            )


def _merged(target: Json, patch: Mapping[str, Json]) -> dict[str, Json]:
    """Return what RFC 7386 makes of a value: members are set, null takes one away."""
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            old = merged.get(name)
            merged[name] = _merged(old, value) if isinstance(value, dict) else value
    return merged


def read_comment(body: Mapping[str, Json]) -> str:
    """Return the comment of a patch; "" for none.

    Raises:
        InvalidRequestError: it is no text, is too long, or has control characters or half characters.
    """
    comment = body.get("comment")
    if comment is None:
        return ""
    return check_text(comment, "A comment", "/comment", max_length=MAX_COMMENT_LENGTH)


def _listed(operations: Json) -> Sequence[Json]:
    if not isinstance(operations, list):
        raise InvalidRequestError(
            "A JSON Patch is a list of operations: "
            '[{"op": "replace", "path": "/name", "value": "..."}].'
        )
    if len(operations) > MAX_OPERATIONS:
        raise InvalidRequestError(f"A patch has at most {MAX_OPERATIONS:,} operations.")
    return operations


def _read_operation(operation: Json, index: int, shown: Mapping[str, Json]) -> dict[str, Any]:
    """Return an operation as it is to be applied."""
    path = operation.get("path") if isinstance(operation, dict) else None
    if not isinstance(path, str):
        raise InvalidRequestError(
            "An operation is an object with op and path.", pointer=f"/{index}"
        )
    if operation.get("op") not in _OPERATIONS:
        raise unexpected(
            show(operation.get("op", MISSING)), f"one of {', '.join(_OPERATIONS)}", f"/{index}/op"
        )
    try:
        tokens = parse_pointer(path)
    except PointerSyntaxError as error:
        raise InvalidRequestError(str(error), pointer=f"/{index}/path") from error
    if not isinstance(operation.get("from"), str | None):
        raise InvalidRequestError("from is a JSON pointer, a text.", pointer=f"/{index}/from")
    if operation.get("op") == "replace" and tokens and resolve(shown, tokens) is MISSING:
        return {**operation, "op": "add"}
    return dict(operation)
