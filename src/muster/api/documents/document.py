"""Describing a document: its fields' docstrings and its example go into the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, with_config

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
    return with_config(
        ConfigDict(use_attribute_docstrings=True, json_schema_extra={"examples": [dict(example)]})
    )
