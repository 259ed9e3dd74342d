"""Describing a document: its fields' docstrings and its example go into the OpenAPI document."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import get_original_bases, is_typeddict

_T = TypeVar("_T")

Id = Annotated[str, Field(pattern="^[0-9a-f]{24}$")]
"""24 hexadecimal digits."""
Millis = Annotated[int, Field(ge=0)]
"""Milliseconds since 1970."""

_COMPONENTS: Final = "#/components/schemas/"
_DOCUMENTS: Final[dict[str, type]] = {}
"""By name. Their schemas are made only when somebody asks for the OpenAPI document: it takes a while."""


def document(*, example: Mapping[str, Any], **keywords: Any) -> Callable[[type[_T]], type[_T]]:
    """Return a decorator for a TypedDict that is a document.

    Args:
        example: one that a server might answer with.
        keywords: what else its JSON schema says of it, such as `oneOf`.
    """
    config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [dict(example)], **keywords},
    )

    def describe(cls: type[_T]) -> type[_T]:
        if cls.__name__ in _DOCUMENTS:
            raise ValueError(f"There are two documents called {cls.__name__}.")
        _DOCUMENTS[cls.__name__] = cls
        return with_config(config)(cls)

    return describe


def schema_of(cls: type) -> dict[str, Any]:
    """Return a schema that refers to a document's."""
    return {"$ref": f"{_COMPONENTS}{cls.__name__}"}


def schema_of_list(cls: type) -> dict[str, Any]:
    """Return the schema of a list of documents."""
    return {"type": "array", "items": schema_of(cls)}


def component_schemas(names: Iterable[str]) -> dict[str, Any]:
    """Return the schemas of documents and of those in them, by name.

    Args:
        names: of the documents.
    """
    for cls in _DOCUMENTS.values():
        _describe_inherited_fields(cls)
    adapters: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        (name, "serialization", TypeAdapter(_DOCUMENTS[name])) for name in sorted(names)
    ]
    _, schemas = TypeAdapter.json_schemas(adapters, ref_template=f"{_COMPONENTS}{{model}}")
    found: dict[str, Any] = schemas["$defs"]
    return found


def referred_to(part: Any) -> set[str]:
    """Return the names of the schemas that a part of an OpenAPI document refers to."""
    if isinstance(part, dict):
        target = part.get("$ref")
        inner = set().union(*map(referred_to, part.values())) if part else set()
        if isinstance(target, str) and target.startswith(_COMPONENTS):
            inner.add(target.removeprefix(_COMPONENTS))
        return inner
    return set().union(*map(referred_to, part)) if isinstance(part, list) and part else set()


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
