"""Reading an SVG file as a stream of XML events."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NoReturn
from xml.parsers import expat

from muster.core.json_text import Position
from muster.manifests.svg.elements import SVG, Attribute, Element, check_element, judge_reference
from muster.manifests.svg.encoding import UnknownEncodingError, find_encoding
from muster.manifests.svg.flaws import SvgFlaw, SvgFlawKind, quote
from muster.manifests.svg.frame import Frame, parse_size, parse_view_box
from muster.manifests.svg.styles import (
    Mention,
    MentionKind,
    StyleScanner,
    TooManyStylesError,
)

MAX_DEPTH: Final = 256
MAX_ELEMENTS: Final = 50_000
MAX_ATTRIBUTES: Final = 200
"""Of one element."""
MAX_STYLE_LENGTH: Final = 128 * 1024
"""How many characters of styles are read of a file, in sheets and attributes together."""
MAX_FLAWS: Final = 100
"""How many flaws of one kind, and how many colours, are told of one file."""

_HARMLESS_INSTRUCTIONS: Final = frozenset({"xpacket"})
"""Processing instructions that nothing acts on: this one is put around metadata by Adobe's programs."""

Locate = Callable[[], Position]
"""Tells where something is; told only of what is kept, for it takes its time."""


@dataclass(frozen=True, slots=True)
class SvgReading:
    """What was found in an SVG file.

    Attributes:
        flaws: in the order of the file; where it could not be read to its end, the last says why.
        colours: what is no gray, as it is written, and where it stands first.
        frame: from the `viewBox`, else from width and height; None where neither says it.
    """

    flaws: Sequence[SvgFlaw]
    colours: Mapping[str, Position]
    frame: Frame | None


def read_svg(raw: bytes) -> SvgReading:
    """Read the bytes of an SVG file, which may be anything.

    Memory is in proportion to the size, and so is time; entities are not expanded, and nothing that
    the file refers to is read.
    """
    return _Reader(raw).read()


class _StoppedError(Exception):
    """The file is not read any further, for the flaw that was told last."""


@dataclass
class _StyleSheet:
    """The text of a `style` element as far as it was read.

    Attributes:
        depth: how deep the element is.
        start: where the text begins.
    """

    depth: int
    start: Position
    parts: list[str] = field(default_factory=list)


class _Reader:
    """The handlers of one parser, and what they have found."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parser: expat.XMLParserType
        self._flaws: list[SvgFlaw] = []
        self._counts: Counter[SvgFlawKind] = Counter()
        self._colours: dict[str, Position] = {}
        self._frame: Frame | None = None
        self._depth = 0
        self._elements = 0
        self._scanner = StyleScanner(MAX_STYLE_LENGTH)
        self._sheet: _StyleSheet | None = None

    def read(self) -> SvgReading:
        try:
            self._parse()
        except UnknownEncodingError as error:
            self._add(SvgFlawKind.MALFORMED, str(error), lambda: Position(1, 1))
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            if reason == expat.errors.XML_ERROR_NO_ELEMENTS and self._elements:
                reason = "the file ends inside of an element"
            self._add(SvgFlawKind.MALFORMED, f"This is not XML: {reason}.")
        except TooManyStylesError:
            what = f"more than {MAX_STYLE_LENGTH:,} characters of styles"
            self._add(SvgFlawKind.MALFORMED, f"There are {what}; the rest is not read.")
        except _StoppedError:
            pass
        return SvgReading(tuple(self._flaws), self._colours, self._frame)

    def _parse(self) -> None:
        parser = expat.ParserCreate(find_encoding(self._raw), namespace_separator=" ")
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.ProcessingInstructionHandler = self._processing_instruction
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._skipped_entity
        self._parser = parser
        parser.Parse(self._raw, True)

    # --- What the parser calls

    def _start_element(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        self._elements += 1
        self._check_bounds(len(attributes) // 2)
        element = _element(name, attributes)
        if self._elements == 1:
            self._check_root(element)
        for found in check_element(element, self._scanner):
            if isinstance(found, Mention):
                self._mention(found, self._place)
            else:
                self._add(found.kind, found.message)
        if element.name == "style" and self._sheet is None:
            self._sheet = _StyleSheet(self._depth, self._place())
            self._parser.CharacterDataHandler = self._text

    def _end_element(self, _name: str) -> None:
        sheet = self._sheet
        if sheet and sheet.depth == self._depth:
            self._sheet = None
            self._parser.CharacterDataHandler = None
            text = "".join(sheet.parts)
            for mention in self._scanner.scan_styles(text):
                self._mention(mention, partial(_position_in, text, mention.offset, sheet.start))
        self._depth -= 1

    def _text(self, text: str) -> None:
        """Take the text of a style sheet; outside of one this is not called."""
        if self._sheet:
            if not self._sheet.parts:
                self._sheet.start = self._place()
            self._sheet.parts.append(text)

    def _processing_instruction(self, target: str, _data: str) -> None:
        if target not in _HARMLESS_INSTRUCTIONS:
            message = f"There is a processing instruction <?{target[:60]} … ?>."
            self._add(SvgFlawKind.PROCESSING_INSTRUCTION, message)

    def _doctype(
        self, name: str, _system_id: str | None, _public_id: str | None, has_subset: bool
    ) -> None:
        message = f"There is a <!DOCTYPE {name[:60]} …>."
        if has_subset:
            message += " It declares something, and so the rest of the file is not read."
        self._add(SvgFlawKind.DOCTYPE, message, partial(self._place_of, b"<!DOCTYPE"))
        if has_subset:
            raise _StoppedError

    def _skipped_entity(self, name: str, _is_parameter: bool) -> None:
        self._add(SvgFlawKind.DOCTYPE, f"The entity {quote(name)} is declared in another file.")

    # --- What they do

    def _check_bounds(self, attribute_count: int) -> None:
        for count, limit, what in (
            (self._depth, MAX_DEPTH, "elements inside each other"),
            (self._elements, MAX_ELEMENTS, "elements"),
            (attribute_count, MAX_ATTRIBUTES, "attributes on one element"),
        ):
            if count > limit:
                self._stop(f"There are more than {limit:,} {what}; the rest is not read.")

    def _check_root(self, root: Element) -> None:
        if root.name != "svg" or root.namespace != SVG:
            where = f"the namespace {quote(root.namespace)}" if root.namespace else "no namespace"
            found = f"<{root.name[:60]}> in {where}"
            self._stop(f'The root element is {found}; it should be <svg xmlns="{SVG}">.')
        view_box = root.find("viewBox")
        if view_box is None:
            self._add(SvgFlawKind.VIEW_BOX, "The root element has no viewBox.")
            self._frame = parse_size(root.find("width") or "", root.find("height") or "")
            return
        self._frame = parse_view_box(view_box)
        if self._frame is None:
            message = f"The viewBox is {quote(view_box)}; it should be four numbers, the last two above 0."
            self._add(SvgFlawKind.VIEW_BOX, message)

    def _mention(self, mention: Mention, locate: Locate) -> None:
        if mention.kind is not MentionKind.COLOUR:
            flaw = judge_reference(mention)
            if flaw:
                self._add(flaw.kind, flaw.message, locate)
            return
        colour = mention.text[:60].lower()
        if colour not in self._colours and len(self._colours) < MAX_FLAWS:
            self._colours[colour] = locate()

    def _stop(self, message: str) -> NoReturn:
        self._add(SvgFlawKind.MALFORMED, message)
        raise _StoppedError

    def _add(self, kind: SvgFlawKind, message: str, locate: Locate | None = None) -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= MAX_FLAWS:
            self._flaws.append(SvgFlaw(kind, message, (locate or self._place)()))

    def _place(self) -> Position:
        """Return where the parser is: at the start of what it has called a handler for."""
        return Position(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    def _place_of(self, start: bytes) -> Position:
        """Return where something begins whose handler is called at its end; not in UTF-16."""
        index = self._raw.rfind(start, 0, self._parser.CurrentByteIndex)
        if index < 0:
            return self._place()
        line_start = self._raw.rfind(b"\n", 0, index) + 1
        column = len(self._raw[line_start:index].decode("utf-8", "replace")) + 1
        return Position(self._raw.count(b"\n", 0, index) + 1, column)


def _element(name: str, attributes: list[str]) -> Element:
    namespace, _, local = name.rpartition(" ")
    pairs = zip(attributes[::2], attributes[1::2], strict=True)
    return Element(namespace, local, [_attribute(*pair) for pair in pairs])


def _attribute(name: str, value: str) -> Attribute:
    namespace, _, local = name.rpartition(" ")
    return Attribute(namespace, local, value)


def _position_in(text: str, offset: int, start: Position) -> Position:
    """Return where a place in a style sheet is in the file, which an entity before it may shift."""
    line_start = text.rfind("\n", 0, offset) + 1
    if line_start == 0:
        return Position(start.line, start.column + offset)
    return Position(start.line + text.count("\n", 0, offset), offset - line_start + 1)
