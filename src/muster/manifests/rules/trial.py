"""Trying templates as the integration framework's own tests do: on samples of all that they may name."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from muster.core.pointers import Json, resolve
from muster.manifests.handlebars.parser import parse_template
from muster.manifests.handlebars.rendering import Fault, Rendering, render_strictly
from muster.manifests.handlebars.tokens import TemplateSyntaxError
from muster.manifests.rules.reading import objects_in
from muster.manifests.rules.rule import Flaw, Subject

MAX_TEMPLATES: Final = 200
"""How many templates in one part of a manifest are tried; the ones that are in use have not a tenth."""

_NAMED_BY_KEY: Final = frozenset({"string", "enum", "dynamicEnum", "generated"})
_SAMPLE_OAUTH: Final = {"baseURI": "https://acme.example", "accessToken": "sample-access-token"}
_HOLDERS: Final = ("context", "formVariables", "metadata")
"""What holds names that a template may take for names of the outermost level."""
_MAX_COMPARED: Final = 100
_MAX_LISTED: Final = 12
_SHOWN_LENGTH: Final = 40


def sample_form_values(subject: Subject) -> Mapping[str, Json]:
    """Return a value for each form variable that templates may name, and for `oauth`.

    A text is the variable's own key, true stands for a boolean. Types that are not listed here have no
    value in the framework's tests, so a template that names such a variable fails.
    """
    values: dict[str, Json] = {}
    for _, variable in objects_in(subject.manifest, "formVariables"):
        key, kind = variable.get("key"), variable.get("type")
        if not isinstance(key, str) or not isinstance(kind, str):
            continue
        if kind in _NAMED_BY_KEY:
            values[key] = key
        elif kind == "uri":
            values[key] = f"https://{key}.com"
        elif kind == "boolean":
            values[key] = True
    requires_oauth = resolve(subject.manifest, ("requiresOAuth",)) is True
    values["oauth"] = dict(_SAMPLE_OAUTH) if requires_oauth else None
    return values


def try_template(source: str, context: Json) -> Rendering:
    """Render a template; where it is none, its one fault says so."""
    try:
        return render_strictly(parse_template(source), context)
    except TemplateSyntaxError as error:
        return Rendering("", (Fault(error.message, error.offset),))


def flaws_of_text(
    source: str, context: Mapping[str, Json], pointer: str, subject: Subject
) -> Iterator[Flaw]:
    """Yield the flaws of a template that stands in the manifest itself, at a pointer."""
    for fault in try_template(source, context).faults:
        before = source[max(0, fault.offset - _SHOWN_LENGTH) : fault.offset]
        after = source[fault.offset : fault.offset + _SHOWN_LENGTH]
        place = f" It fails between {before!r} and {after!r}." if before else ""
        yield Flaw(f"{fault.message}{place}", how_to_mend(fault, context, subject), pointer)


def how_to_mend(fault: Fault, context: Mapping[str, Json], subject: Subject) -> str:
    """Return a hint for a fault in a template that was rendered with a context."""
    name = fault.name
    holder = _find_holder(name, context) if name else None
    if holder is not None:
        return f"Write `{holder}.{name[:_SHOWN_LENGTH]}`."
    variables = objects_in(subject.manifest, "formVariables")
    if name and any(variable.get("key") == name for _, variable in variables):
        return "A form variable of its type can't be named in a template."
    if name in _SAMPLE_OAUTH and not fault.known:
        return "Only with `requiresOAuth` are there values of OAuth."
    return _nearest(name, list(islice(fault.known, _MAX_COMPARED))) if name else ""


def _find_holder(name: str, context: Mapping[str, Json]) -> str | None:
    """Return what has to stand before a name that is somewhere else than it was looked for."""
    if name in context:
        return "@root"
    for holder in _HOLDERS:
        inner = context.get(holder)
        if isinstance(inner, Mapping) and name in inner:
            return holder
    return None


def _nearest(name: str, known: Sequence[str]) -> str:
    """Return a hint that names the nearest of the names that there are, or else some of them."""
    for match in difflib.get_close_matches(name[: 2 * _SHOWN_LENGTH], known, n=1):
        return f"Did you mean {match[:_SHOWN_LENGTH]!r}?"
    if not known:
        return ""
    listed = ", ".join(each[:_SHOWN_LENGTH] for each in known[:_MAX_LISTED])
    return f"There is: {listed}{', …' if len(known) > _MAX_LISTED else ''}."
