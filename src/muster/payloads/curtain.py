"""What stands between a response template and the values that a stranger sent.

A template is shown marks in place of strings, and views in place of objects and arrays, so a large body
costs nothing that is not asked for, and what is asked for is counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dotpromptz_handlebars import HelperOptions

from muster.core.pointers import Json, array_index
from muster.payloads.errors import ResponseTemplateError

MAX_RESPONSE_LENGTH: Final = 1024 * 1024
"""Most characters of an answer."""
MAX_VALUES: Final = 10_000
"""Most values that a rendering may look at, so that a large body is no burden."""


class Curtain:
    """Gives marks for strings, and takes them back; made for one rendering.

    A mark is letters, digits and `_`, so it passes through a template and through JSON unchanged.
    """

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._texts: dict[str, str] = {}
        self._looks = 0
        self._revealed_length = 0

    def hide(self, value: Json) -> Any:
        """Return what a template may see of a value: a mark for a string, unless it is empty."""
        self._looks += 1
        if self._looks > MAX_VALUES:
            raise ResponseTemplateError(
                f"jsonResponseBody looks at more than {MAX_VALUES:,} values. Render less of requestBody."
            )
        kind = type(value)
        if kind is str and value:
            mark = f"{self._mark}{len(self._texts)}_"
            self._texts[mark] = value
            return mark
        if kind is dict:
            return _HiddenObject(value, self)
        return _HiddenArray(value, self) if kind is list else value

    def look_behind(self, text: Any) -> Any:
        """Return what a mark stands for; anything else as it is."""
        return self._texts.get(text, text)

    def reveal(self, mark: "re.Match[str]") -> str:
        """Return what a mark stands for, to be sent.

        Raises:
            ResponseTemplateError: with this, the answer gets too long.
        """
        text = self._texts.get(mark[0], mark[0])
        self._revealed_length += len(text)
        if self._revealed_length > MAX_RESPONSE_LENGTH:
            raise too_long()
        return text


class _HiddenObject(Mapping[str, Any]):
    """An object of a body, seen through the curtain; nothing is copied."""

    def __init__(self, members: Mapping[str, Json], curtain: Curtain) -> None:
        self._members = members
        self._curtain = curtain

    def __getitem__(self, name: str) -> Any:
        return self._curtain.hide(self._members[self._curtain.look_behind(name)])

    def __contains__(self, name: object) -> bool:
        return self._curtain.look_behind(name) in self._members

    def __iter__(self) -> Iterator[str]:
        return map(self._curtain.hide, self._members)

    def __len__(self) -> int:
        return len(self._members)


class _HiddenArray(Sequence[Any]):
    """An array of a body, seen through the curtain; nothing is copied."""

    def __init__(self, elements: Sequence[Json], curtain: Curtain) -> None:
        self._elements = elements
        self.curtain = curtain

    def __getitem__(self, index: Any) -> Any:
        return self.curtain.hide(self._elements[index])

    def __len__(self) -> int:
        return len(self._elements)


def look_up(arguments: list[Any], _options: HelperOptions) -> Any:
    """Do what the engine's own `lookup` does, for hidden objects and arrays."""
    collection, name = (*arguments, None, None)[:2]
    if isinstance(collection, Mapping):
        return collection.get(name)
    if isinstance(collection, _HiddenArray):
        index = array_index(str(collection.curtain.look_behind(name)))
        return collection[index] if index is not None and index < len(collection) else None
    return None


def too_long() -> ResponseTemplateError:
    """Return the error for an answer over `MAX_RESPONSE_LENGTH`."""
    return ResponseTemplateError(
        f"jsonResponseBody makes more than {MAX_RESPONSE_LENGTH:,} characters. Render less of requestBody."
    )
