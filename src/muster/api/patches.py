"""JSON Patch (RFC 6902) on what the REST API shows.

One thing is more lenient than the RFC, since clients rely on it: `replace` of a member that is not there,
as of `/description`, adds it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import jsonpatch
from jsonpointer import JsonPointerException

from muster.core.errors import ConflictError, InapplicableChangeError, InvalidRequestError
from muster.core.pointers import MISSING, Json, PointerSyntaxError, parse_pointer, resolve

MAX_OPERATIONS: Final = 1_000


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
    try:
        patched: dict[str, Json] = jsonpatch.apply_patch(dict(shown), patch)
    except jsonpatch.JsonPatchTestFailed as error:
        raise ConflictError(
            "A test of the patch fails: what is there is another value. Read it again, then patch that."
        ) from error
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError) as error:
        raise InapplicableChangeError(f"The patch can't be applied: {error}.") from error
    if not isinstance(patched, dict):
        raise InapplicableChangeError("The patch puts something else in the place of the whole.")
    for name in dict.fromkeys([*shown, *patched]):
        is_same = shown.get(name, MISSING) == patched.get(name, MISSING)
        if not is_same and name not in changeable:
            raise InvalidRequestError(
                f"{name} can't be changed. What can: {', '.join(sorted(changeable))}.",
                pointer=f"/{name}",
            )
    return patched


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
    try:
        tokens = parse_pointer(path)
    except PointerSyntaxError as error:
        raise InvalidRequestError(str(error), pointer=f"/{index}/path") from error
    if operation.get("op") == "replace" and tokens and resolve(shown, tokens) is MISSING:
        return {**operation, "op": "add"}
    return dict(operation)
