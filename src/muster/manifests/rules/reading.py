"""Reading a manifest that may hold anything: what is not of the type that is asked for is not there."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from muster.core.pointers import Json, Tokens, resolve
from muster.manifests.folder import IntegrationFolder, UnreadableFile

JsonObject: TypeAlias = dict[str, Any]

FORM_VARIABLE_PLACES: Final[tuple[Tokens, ...]] = (
    ("formVariables",),
    ("capabilities", "approval", "approvalFormVariables"),
    ("capabilities", "approval", "environmentFormVariables"),
)
"""Where the framework's tests look at the default values of form variables."""

_LONGEST_PATH: Final = 4_096


def text_at(document: Json, *tokens: str) -> str | None:
    """Return the text at a place, or None."""
    value = resolve(document, tokens)
    return value if isinstance(value, str) else None


def object_at(document: Json, *tokens: str) -> JsonObject | None:
    """Return the object at a place, or None."""
    value = resolve(document, tokens)
    return value if isinstance(value, dict) else None


def objects_in(document: Json, *tokens: str) -> Iterator[tuple[Tokens, JsonObject]]:
    """Yield each object that is an element of the array at a place, and where it is."""
    array = resolve(document, tokens)
    if isinstance(array, list):
        for index, element in enumerate(array):
            if isinstance(element, dict):
                yield (*tokens, str(index)), element


def texts_in(document: Json, *tokens: str) -> Iterator[tuple[Tokens, str]]:
    """Yield each text that is a value at or below a place, in order, and where it is."""
    found = resolve(document, tokens)
    if isinstance(found, str):
        yield tokens, found
        return
    waiting = [_children(found)]  # one for each level: a list of all places could take gigabytes
    names: list[str] = []
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            del names[len(waiting) - 1 :]
            continue
        name, value = child
        if isinstance(value, str):
            yield (*tokens, *names, name), value
        elif isinstance(value, dict | list):
            names.append(name)
            waiting.append(_children(value))


def _children(value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        return iter(value.items())
    if isinstance(value, list):
        return ((str(index), element) for index, element in enumerate(value))
    return iter(())


def find_file(folder: IntegrationFolder, path: str) -> tuple[str, bytes | UnreadableFile] | None:
    """Return the file of a folder that a path in its manifest names, and the path in plain; or None.

    `./assets/a.svg`, `/assets/a.svg` and `assets//a.svg` are the same file. A path that leads out of
    the folder, through a folder that is not there, or that is too long for a path, names none.
    """
    if len(path) > _LONGEST_PATH:
        return None
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts or not _is_directory(folder, parts):
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    plain = "/".join(parts)
    content = folder.files.get(plain)
    ends_as_folder = path.endswith(("/", "/.", "/.."))
    return None if content is None or ends_as_folder else (plain, content)


def has_directory(folder: IntegrationFolder, name: str) -> bool:
    """Tell whether there is a file or folder of a name at the top of an integration's folder."""
    return name in folder.files or _is_directory(folder, [name])


def _is_directory(folder: IntegrationFolder, parts: list[str]) -> bool:
    start = "/".join(parts) + "/"
    return any(path.startswith(start) for path in folder.files)
