"""What one element may be wrong with, by its name and attributes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from muster.manifests.svg.flaws import SvgFlaw, SvgFlawKind, quote
from muster.manifests.svg.references import has_script, is_internal
from muster.manifests.svg.styles import (
    COLOUR_ATTRIBUTES,
    Mention,
    MentionKind,
    StyleScanner,
)

SVG: Final = "http://www.w3.org/2000/svg"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_SCRIPTS: Final = frozenset({"script", "handler"})
_IMAGES: Final = frozenset({"image", "feimage"})
_ANIMATIONS: Final = frozenset(
    {"animate", "animatecolor", "animatemotion", "animatetransform", "set"}
)
_ANIMATED_VALUES: Final = frozenset({"values", "from", "to", "by"})
_MAY_LOAD: Final = re.compile(r"url|src|image|cross-fade|\\", re.IGNORECASE)
"""What a value has in it where it loads something; `\\` may spell any of these."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an element; `namespace` is empty where it has no prefix."""

    namespace: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Element:
    """The start of an element."""

    namespace: str
    name: str
    attributes: Sequence[Attribute]

    def find(self, name: str) -> str | None:
        """Return the value of an attribute without a prefix; None where it is not there."""
        for attribute in self.attributes:
            if attribute.name == name and not attribute.namespace:
                return attribute.value
        return None


def check_element(element: Element, scanner: StyleScanner) -> Iterator[SvgFlaw | Mention]:
    """Yield what is wrong with an element itself, and what its attributes mention as styles do.

    Nothing has a position. What stands between the tags of the element is not looked at.

    Raises:
        TooManyStylesError: the attributes have more styles than the scanner still reads.
    """
    name = element.name.lower()
    if name in _SCRIPTS:
        yield SvgFlaw(SvgFlawKind.SCRIPT, f"There is an element <{name}>.")
    elif element.namespace == _XHTML:
        yield SvgFlaw(SvgFlawKind.FOREIGN_CONTENT, f"<{name[:60]}> is an element of HTML.")
    elif name == "foreignobject":
        yield SvgFlaw(SvgFlawKind.FOREIGN_CONTENT, "There is an element <foreignObject>.")
    elif name in _IMAGES:
        yield SvgFlaw(SvgFlawKind.RASTER_IMAGE, f"There is an element <{element.name}>.")
    animated = _animated_name(element) if name in _ANIMATIONS else ""
    if animated == "href" or animated.startswith("on"):
        message = f"<{element.name}> animates the attribute {quote(animated)}."
        yield SvgFlaw(SvgFlawKind.ANIMATED_REFERENCE, message)
    for attribute in element.attributes:
        yield from _check_attribute(attribute)
        yield from _scan_attribute(element, attribute, animated, scanner)


def _animated_name(element: Element) -> str:
    """Return which attribute an animation changes, without a prefix and in lower case."""
    return (element.find("attributeName") or "").strip().rpartition(":")[2].lower()


def _check_attribute(attribute: Attribute) -> Iterator[SvgFlaw]:
    name, value = attribute.name.lower(), attribute.value
    if name.startswith("on") and name[2:].isalpha() and not attribute.namespace:
        yield SvgFlaw(SvgFlawKind.EVENT_HANDLER, f"There is an attribute {quote(name)}.")
    if has_script(value):
        yield _script_flaw(value)
    elif name in {"href", "src"} and not is_internal(value):
        yield _external_flaw(value)
    elif name == "base" and attribute.namespace == _XML and value:
        message = "xml:base makes fragments lead to another document."
        yield SvgFlaw(SvgFlawKind.EXTERNAL_REFERENCE, message)


def _scan_attribute(
    element: Element, attribute: Attribute, animated: str, scanner: StyleScanner
) -> Iterator[Mention]:
    if attribute.namespace:
        return
    name, value = attribute.name, attribute.value
    if name == "style":
        yield from scanner.scan_styles(value)
    elif name in COLOUR_ATTRIBUTES or (animated in COLOUR_ATTRIBUTES and name in _ANIMATED_VALUES):
        yield from scanner.scan_value(value, is_colour=element.namespace == SVG)
    elif "(" in value and _MAY_LOAD.search(value):
        yield from scanner.scan_value(value, is_colour=False)


def judge_reference(mention: Mention) -> SvgFlaw | None:
    """Return what is wrong with a reference that styles hold, if anything is."""
    if has_script(mention.text):
        return _script_flaw(mention.text)
    if mention.kind is MentionKind.IMPORT:
        message = f"@import loads the style sheet {quote(mention.text)}."
        return SvgFlaw(SvgFlawKind.EXTERNAL_REFERENCE, message)
    return None if is_internal(mention.text) else _external_flaw(mention.text)


def _script_flaw(text: str) -> SvgFlaw:
    """Return the flaw of a text with a script in it."""
    return SvgFlaw(SvgFlawKind.SCRIPT, f"{quote(text)} runs a script.")


def _external_flaw(reference: str) -> SvgFlaw:
    """Return the flaw of a reference to something outside of the file."""
    message = f"{quote(reference)} leads out of the file."
    return SvgFlaw(SvgFlawKind.EXTERNAL_REFERENCE, message)
