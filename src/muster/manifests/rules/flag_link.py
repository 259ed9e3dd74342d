"""Rules about `flagLink`: how links from flags to a partner's things are shown."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from muster.core.pointers import Json, Tokens, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import object_at, objects_in, text_at
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.manifests.rules.trial import MAX_TEMPLATES, flaws_of_text

_PLACE: Final = ("capabilities", "flagLink")
_BLOCKS: Final = (*_PLACE, "uiBlocks")
_DEEP_LINK: Final = "https://acme.example/items/1"


def _find_no_metadata(subject: Subject) -> Iterator[Flaw]:
    capability = object_at(subject.manifest, *_PLACE)
    if capability is not None and "metadata" not in capability:
        yield Flaw(
            "The capability has no `metadata`.",
            "Add it: each name that the blocks show, and its type; or an empty object.",
            format_pointer(*_PLACE),
        )


def _find_failing(subject: Subject) -> Iterator[Flaw]:
    context = {"deepLink": _DEEP_LINK, "metadata": _sample_metadata(subject)}
    for place, text in islice(_texts(subject), MAX_TEMPLATES):
        yield from flaws_of_text(text, context, format_pointer(*place), subject)


def _sample_metadata(subject: Subject) -> dict[str, Json]:
    """Return a value for each member of the metadata that has a type."""
    values: dict[str, Json] = {}
    for name, declared in (object_at(subject.manifest, *_PLACE, "metadata") or {}).items():
        kind = declared.get("type") if isinstance(declared, dict) else None
        if kind == "string":
            values[name] = f"${name.upper()}"
        elif kind == "uri":
            values[name] = f"https://{name}.com"
    return values


def _texts(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Yield the texts of the blocks that are templates, and where they are."""
    for tail in (("image", "sourceUrl"), ("name",), ("description",)):
        text = text_at(subject.manifest, *_BLOCKS, *tail)
        if text is not None:
            yield (*_BLOCKS, *tail), text
    for block in ("title", "context"):
        for at, element in objects_in(subject.manifest, *_BLOCKS, block, "elements"):
            for key in ("text", "url"):
                text = element.get(key)
                if isinstance(text, str):
                    yield (*at, key), text


def _example(**changes: Any) -> Example:
    """Return an integration that shows links."""
    capability = {
        "header": "Acme item",
        "emptyState": {"title": "No item of Acme links to this flag."},
        "metadata": {"owner": {"type": "string"}},
        "uiBlocks": {"name": "{{metadata.owner}}"},
        **changes,
    }
    return Example({"capabilities": {"flagLink": capability}})


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="flag-link/no-metadata",
        severity=Severity.ERROR,
        title="A flag link says which metadata it has.",
        explanation="What a link shows comes from its metadata, so `flagLink.metadata` names each item, "
        'with its type (`string` or `uri`): `"metadata": {"owner": {"type": "string"}}`.',
        failing=_example(metadata=None, uiBlocks={"name": "Acme"}),
        passing=_example(metadata={}, uiBlocks={"name": "Acme"}),
        check=_find_no_metadata,
    ),
    Rule(
        id="flag-link/failing-template",
        severity=Severity.ERROR,
        title="The blocks of a flag link render.",
        explanation="The texts in `flagLink.uiBlocks` are [Handlebars](https://handlebarsjs.com/guide/) "
        "templates in strict mode. They may name `deepLink`, and what `metadata` names, as "
        "`{{metadata.owner}}`. Write three braces (`{{{metadata.owner}}}`) for a value that is not to be "
        "escaped for HTML.",
        failing=_example(uiBlocks={"name": "{{metadata.onwer}}"}),
        passing=_example(),
        check=_find_failing,
    ),
)
