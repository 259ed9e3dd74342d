"""Rules about what is in the logos, and in other SVG files of the folder.

What a file could do to whoever opens it is an error in every SVG file; how it looks matters in logos.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from muster.manifests.findings import Severity
from muster.manifests.folder import UnreadableFile
from muster.manifests.rules.asset_examples import logo, wide_logo
from muster.manifests.rules.reading import find_file, text_at
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.manifests.svg.flaws import SvgFlawKind
from muster.manifests.svg.reading import SvgReading, read_svg

MAX_LOGO_BYTES: Final = 64 * 1024
MAX_SVG_BYTES: Final = 2 * 1024 * 1024
"""How much SVG of one integration is read, logos first."""
SQUARE_TOLERANCE: Final = 0.02
"""By which part of the longer side the sides of a square logo may differ."""

_LOGO_NAMES: Final = ("square", "horizontal")
_SHOWN_COLOURS: Final = 3
_BLANK: Final = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Svg:
    """An SVG file that was read.

    Attributes:
        is_logo: whether the manifest names it as one; others may be pictures in a README.
        reading: None where it is empty, or not read because of all that was read before it.
    """

    path: str
    content: bytes
    is_logo: bool
    reading: SvgReading | None


def _logos(subject: Subject) -> Mapping[str, bytes | UnreadableFile]:
    """Return the logos that the manifest names and the folder holds, by their paths in plain."""
    paths = (text_at(subject.manifest, "icons", name) for name in _LOGO_NAMES)
    found = (find_file(subject.folder, path) for path in paths if path is not None)
    return dict(filter(None, found))


def _svgs(subject: Subject) -> list[_Svg]:
    """Return the logos, then the other SVG files of the folder."""
    logos = subject.derive(_logos)
    others = {
        path: content
        for path, content in sorted(subject.folder.files.items())
        if path.lower().endswith(".svg") and path not in logos
    }
    svgs: list[_Svg] = []
    bytes_left = MAX_SVG_BYTES
    for path, content in [*logos.items(), *others.items()]:
        if isinstance(content, bytes):
            bytes_left -= len(content)
            is_read = bool(content.strip(_BLANK)) and bytes_left >= 0
            svgs.append(_Svg(path, content, path in logos, read_svg(content) if is_read else None))
    return svgs


def _find(
    kind: SvgFlawKind, hint: str, *, in_logos: bool = False
) -> Callable[[Subject], Iterator[Flaw]]:
    """Return the check of a rule that SVG files have no flaw of a kind.

    Args:
        in_logos: whether the rule is about logos alone.
    """

    def check(subject: Subject) -> Iterator[Flaw]:
        for svg in subject.derive(_svgs):
            if svg.reading and (svg.is_logo or not in_logos):
                for flaw in svg.reading.flaws:
                    if flaw.kind is kind:
                        yield Flaw(flaw.message, hint, file=svg.path, position=flaw.position)

    return check


def _find_unreadable_logos(subject: Subject) -> Iterator[Flaw]:
    for path, content in subject.derive(_logos).items():
        if isinstance(content, UnreadableFile):
            yield Flaw(content.message, content.hint, file=path)


def _find_unread_files(subject: Subject) -> Iterator[Flaw]:
    logos = subject.derive(_logos)
    for path, content in subject.folder.files.items():
        if isinstance(content, UnreadableFile) and path not in logos:
            yield Flaw(content.message, content.hint, file=path)


def _find_empty(subject: Subject) -> Iterator[Flaw]:
    for svg in subject.derive(_svgs):
        if not svg.content.strip(_BLANK):
            yield Flaw("The file is empty.", "Put the drawing into it.", file=svg.path)


def _find_malformed(subject: Subject) -> Iterator[Flaw]:
    yield from _find(SvgFlawKind.MALFORMED, "Export it again from the program it was drawn with.")(
        subject
    )
    for svg in subject.derive(_svgs):
        if svg.reading is None and svg.content.strip(_BLANK):
            yield Flaw(
                f"The folder has more than {MAX_SVG_BYTES:,} bytes of SVG: this file is not read.",
                "Take away what does not belong to the integration.",
                file=svg.path,
            )


def _find_unequal_sides(subject: Subject) -> Iterator[Flaw]:
    path = text_at(subject.manifest, "icons", "square")
    found = None if path is None else find_file(subject.folder, path)
    for svg in subject.derive(_svgs):
        frame = svg.reading.frame if svg.reading else None
        if found and svg.path == found[0] and frame and not frame.is_square(SQUARE_TOLERANCE):
            yield Flaw(
                f"The square logo is {frame.width:g} wide and {frame.height:g} high.",
                "Give its viewBox the same width and height, with the drawing in the middle.",
                file=svg.path,
            )


def _find_colours(subject: Subject) -> Iterator[Flaw]:
    for svg in subject.derive(_svgs):
        colours = svg.reading.colours if svg.reading and svg.is_logo else None
        if colours:
            yield Flaw(
                f"This logo is not grayscale: {_enumerate(colours)}.",
                "Draw it in shades of gray, such as #444444.",
                file=svg.path,
                position=next(iter(colours.values())),
            )


def _enumerate(colours: Iterable[str]) -> str:
    listed = list(colours)
    shown = ", ".join(listed[:_SHOWN_COLOURS])
    rest = len(listed) - _SHOWN_COLOURS
    if rest > 0:
        return f"it has the colours {shown} and {rest} more"
    return f"it has the colour{'s' if len(listed) > 1 else ''} {shown}"


def _find_large_logos(subject: Subject) -> Iterator[Flaw]:
    for svg in subject.derive(_svgs):
        if svg.is_logo and len(svg.content) > MAX_LOGO_BYTES:
            yield Flaw(
                f"The logo has {len(svg.content):,} bytes; {MAX_LOGO_BYTES:,} are plenty.",
                "Simplify its paths, and take out what an editor or a picture has left in it.",
                file=svg.path,
            )


_SAFETY: Final = (
    "A logo is shown inside of other people's web applications, and may be opened on its own. "
    "The rule holds for every SVG file in the folder, logo or not."
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="asset/unreadable",
        severity=Severity.ERROR,
        title="The logos can be read.",
        explanation="A logo is a plain file of at most 1 MiB, inside the integration's folder: a link "
        "that leads out of the folder is not followed, for whoever installs the integration has only "
        "the folder.",
        failing=Example(unreadable=["assets/square.svg"]),
        passing=Example(),
        check=_find_unreadable_logos,
    ),
    Rule(
        id="asset/passed-over",
        severity=Severity.WARNING,
        title="Every other file of the folder can be read, too.",
        explanation="What can't be read is not checked, and not packed. The folder may hold some "
        "hundred files, of at most 1 MiB each: more than a manifest, two logos and a README need. "
        "Hidden files and `node_modules` are passed over without a word.",
        failing=Example(unreadable=["assets/screenshot.png"]),
        passing=Example(),
        check=_find_unread_files,
    ),
    Rule(
        id="asset/empty",
        severity=Severity.ERROR,
        title="No SVG file is empty.",
        explanation="An empty file shows as a broken picture. It is often what is left of an export or "
        "a download that failed.",
        failing=Example(files={"assets/square.svg": ""}),
        passing=Example(),
        check=_find_empty,
    ),
    Rule(
        id="asset/not-svg",
        severity=Severity.ERROR,
        title="Logos, and files named *.svg, are well-formed SVG.",
        explanation="Browsers show nothing of an SVG file with a fault in its XML, and take its root for "
        'a drawing only as `<svg xmlns="http://www.w3.org/2000/svg">`. UTF-8, UTF-16, ASCII and '
        "Latin-1 are read. A file with more elements, styles or nesting than any logo has is not read "
        "to its end, and so not vouched for. " + _SAFETY,
        failing=logo('<path d="M8 8h32v32H8z">'),
        passing=logo('<path d="M8 8h32v32H8z"/>'),
        check=_find_malformed,
    ),
    Rule(
        id="asset/script",
        severity=Severity.ERROR,
        title="SVG files hold no script.",
        explanation="Neither a `<script>` nor a `javascript:` address, wherever it stands. "
        + _SAFETY,
        failing=logo("<script>alert(1)</script>"),
        passing=logo("<title>Acme</title>"),
        check=_find(SvgFlawKind.SCRIPT, "Take it out: a logo needs no script."),
    ),
    Rule(
        id="asset/event-handler",
        severity=Severity.ERROR,
        title="SVG files hold no event handlers.",
        explanation="Attributes such as `onload` and `onclick` are scripts. " + _SAFETY,
        failing=logo('<g onclick="open()"/>'),
        passing=logo('<g id="mark"/>'),
        check=_find(SvgFlawKind.EVENT_HANDLER, "Take the attribute away."),
    ),
    Rule(
        id="asset/foreign-content",
        severity=Severity.ERROR,
        title="SVG files hold no HTML.",
        explanation="`<foreignObject>` and elements of HTML bring forms, frames and plugins into what "
        "should be a drawing; some programs show them, and others nothing. " + _SAFETY,
        failing=logo('<foreignObject width="48" height="48"/>'),
        passing=logo('<text x="8" y="24">Acme</text>'),
        check=_find(SvgFlawKind.FOREIGN_CONTENT, "Draw it with shapes, and with <text> or paths."),
    ),
    Rule(
        id="asset/external-reference",
        severity=Severity.ERROR,
        title="SVG files refer to nothing outside of themselves.",
        explanation="An `href`, `src`, `url(…)` or `@import` may lead to a part of the same file "
        "(`#gradient`), and nowhere else: whatever is loaded from another place tells that place who "
        "looks at the logo, is blocked on many pages, and can change without anybody noticing. Of "
        "`data:`, which holds a file itself, raster images alone are taken: another SVG in it, a font "
        "or a style sheet goes unchecked. " + _SAFETY,
        failing=logo('<use href="https://acme.example/logo.svg#mark"/>'),
        passing=logo('<g id="mark"/><use href="#mark"/>'),
        check=_find(
            SvgFlawKind.EXTERNAL_REFERENCE,
            "Put what it leads to into the file (text as paths, for a font), or take it away.",
        ),
    ),
    Rule(
        id="asset/animated-reference",
        severity=Severity.ERROR,
        title="No animation changes where SVG files refer to.",
        explanation="`<set>` and `<animate>` can give an element another `href`, or an event handler, "
        "after all checks. " + _SAFETY,
        failing=logo('<a><set attributeName="href" to="#mark"/></a>'),
        passing=logo('<g><set attributeName="opacity" to="0.5"/></g>'),
        check=_find(SvgFlawKind.ANIMATED_REFERENCE, "Take the animation away."),
    ),
    Rule(
        id="asset/processing-instruction",
        severity=Severity.ERROR,
        title="SVG files hold no processing instructions.",
        explanation="`<?xml-stylesheet …?>` loads a style sheet, or a program that writes another "
        "document (XSLT); others, such as `<?php …?>`, ask a server to run them. `<?xpacket …?>`, which "
        "some drawing programs put around metadata, does nothing and is let pass. " + _SAFETY,
        failing=logo(before='<?xml-stylesheet href="#style"?>'),
        passing=logo(before='<?xml version="1.0" encoding="UTF-8"?>'),
        check=_find(
            SvgFlawKind.PROCESSING_INSTRUCTION, "Take it away; styles may stand in <style>."
        ),
    ),
    Rule(
        id="asset/doctype",
        severity=Severity.ERROR,
        title="SVG files have no DOCTYPE and no entities.",
        explanation="A DOCTYPE can declare entities, which grow to gigabytes when they are read, or name "
        "files to read them from. Many programs that clean or convert SVG therefore refuse all files "
        "with one, and no browser needs it. Old versions of drawing programs write it; it is the line "
        "that begins with `<!DOCTYPE`. " + _SAFETY,
        failing=logo(before="<!DOCTYPE svg>"),
        passing=logo(),
        check=_find(SvgFlawKind.DOCTYPE, "Delete the DOCTYPE, up to the `>` that ends it."),
    ),
    Rule(
        id="asset/view-box",
        severity=Severity.WARNING,
        title="The logos have a viewBox.",
        explanation="Logos are shown in several sizes. Without a `viewBox`, which says where the drawing "
        "begins and how wide and high it is, one is cut off or lost in a corner rather than scaled.",
        failing=wide_logo('width="160" height="48"'),
        passing=wide_logo('viewBox="0 0 160 48"'),
        check=_find(
            SvgFlawKind.VIEW_BOX, 'Write viewBox="0 0 width height", in numbers.', in_logos=True
        ),
    ),
    Rule(
        id="asset/not-square",
        severity=Severity.WARNING,
        title="The square logo is square.",
        explanation="It stands in a square place, and is fitted in there: one that is not leaves bars "
        "beside or above it. Its sides may differ by 2 %. The `viewBox` counts; without one, width and "
        "height.",
        failing=logo(view_box="0 0 48 40"),
        passing=logo(view_box="0 0 48 48.5"),
        check=_find_unequal_sides,
    ),
    Rule(
        id="asset/not-grayscale",
        severity=Severity.WARNING,
        title="The logos are grayscale.",
        explanation="Logos stand side by side in a list, on light and on dark ground; grays keep it calm "
        "and legible. Names of colours, hex digits, `rgb()` and `hsl()` are looked at, as attributes, in "
        "`style` attributes and in `<style>`. A tint of 3 % counts as gray. What filters do, and what "
        "embedded pictures hold, is not seen here.",
        failing=logo('<circle cx="24" cy="24" r="9" fill="rebeccapurple"/>'),
        passing=logo('<circle cx="24" cy="24" r="9" fill="#666"/>'),
        check=_find_colours,
    ),
    Rule(
        id="asset/raster-image",
        severity=Severity.WARNING,
        title="The logos are drawn, not embedded pictures.",
        explanation="An `<image>` in an SVG file is blurred when it is enlarged, makes the file heavy, "
        "and its colours can't be judged here. Ask for the logo as vectors, or trace it.",
        failing=logo('<image href="data:image/png;base64,iVBORw0KGgo=" width="9" height="9"/>'),
        passing=logo('<rect width="9" height="9"/>'),
        check=_find(
            SvgFlawKind.RASTER_IMAGE, "Draw it with shapes and paths instead.", in_logos=True
        ),
    ),
    Rule(
        id="asset/too-large",
        severity=Severity.WARNING,
        title="A logo has at most 64 KiB.",
        explanation="A list shows a hundred logos at once. Most have a few kilobytes; what makes one "
        "heavy are embedded pictures, what an editor keeps in its own elements, and coordinates with ten "
        "digits.",
        failing=logo(f"<desc>{'x' * MAX_LOGO_BYTES}</desc>"),
        passing=logo("<desc>A wheel.</desc>"),
        check=_find_large_logos,
    ),
)
