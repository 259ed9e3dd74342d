"""Describing a document: its fields' docstrings and its example go into the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import get_original_bases, is_typeddict

_T = TypeVar("_T")

Id = Annotated[str, Field(pattern="^[0-9a-f]{24}$")]
"""24 hexadecimal digits."""
Millis = Annotated[int, Field(ge=0)]
"""Milliseconds since 1970."""


def document(*, example: Mapping[str, Any]) -> Callable[[type[_T]], type[_T]]:
    """Return a decorator for a TypedDict that is a document.

    Args:
        example: one that a server might answer with.
    """
    config = ConfigDict(
        use_attribute_docstrings=True, json_schema_extra={"examples": [dict(example)]}
    )

    def describe(cls: type[_T]) -> type[_T]:
        _describe_inherited_fields(cls)
        return with_config(config)(cls)

    return describe


def _describe_inherited_fields(cls: type) -> None:
    """Give a document's fields the descriptions that they have where they are declared.

    pydantic reads the docstrings of a class's own attributes alone.
    """
    for base in get_original_bases(cls):
        if is_typeddict(base):
            described = TypeAdapter(base).json_schema()["properties"]
            for name, kind in base.__annotations__.items():
                description = described[name].get("description")
                cls.__annotations__[name] = Annotated[kind, Field(description=description)]
