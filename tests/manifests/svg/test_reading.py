"""What is found in an SVG file, and where."""

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.json_text import Position
from muster.manifests.svg.flaws import SvgFlaw, SvgFlawKind
from muster.manifests.svg.reading import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_FLAWS,
    MAX_STYLE_LENGTH,
    read_svg,
)

ROOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' viewBox="0 0 9 9">'
)


def svg(inside: str = "", before: str = "") -> bytes:
    """Return a drawing."""
    return f"{before}{ROOT}{inside}</svg>".encode()


def element_with_attributes(count: int) -> str:
    """Return an element with so many attributes."""
    return f"<g {' '.join(f'a{number}=' + repr('') for number in range(count))}/>"


def flaws(raw: bytes) -> list[SvgFlaw]:
    """Return the flaws of a file."""
    return list(read_svg(raw).flaws)


def kinds(inside: str = "", before: str = "") -> list[SvgFlawKind]:
    """Return the kinds of the flaws of a drawing."""
    return [flaw.kind for flaw in flaws(svg(inside, before))]


def test_a_plain_drawing_has_no_flaws() -> None:
    found = read_svg(svg('<g id="a"><path d="M0 0h9" fill="none"/></g><use xlink:href="#a"/>'))
    assert not found.flaws
    assert not found.colours
    assert found.frame
    assert found.frame.is_square(0)


@pytest.mark.parametrize(
    "inside",
    [
        "<script/>",
        "<script>alert(1)</script>",
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>',
        "<SCRIPT/>",
        '<a href="javascript:alert(1)"/>',
        '<a xlink:href=" JavaScript : alert(1)"/>',
        '<a href="java&#10;scr&#9;ipt:alert(1)"/>',
        '<a href="&#9;&#x6a;avascript:alert(1)"/>',
        '<a href="vbscript:x"/>',
        '<set to="javascript:alert(1)"/>',
        '<path style="fill: url(javascript:x)"/>',
        r'<path style="fill: url(\6a avascript:x)"/>',
        r"<style>a{fill:url('java\73 cript:x')}</style>",
    ],
)
def test_scripts(inside: str) -> None:
    assert SvgFlawKind.SCRIPT in kinds(inside)


@pytest.mark.parametrize("inside", ['<g onload="x"/>', '<g OnClick=""/>', '<svg onbegin="x"/>'])
def test_event_handlers(inside: str) -> None:
    assert kinds(inside) == [SvgFlawKind.EVENT_HANDLER]


@pytest.mark.parametrize("name", ["xlink:onload", "on", "on-load", "one1"])
def test_attributes_that_handle_no_events(name: str) -> None:
    assert kinds(f'<g {name}="x"/>') == []


@pytest.mark.parametrize(
    "inside",
    [
        "<foreignObject/>",
        "<foreignobject/>",
        '<iframe xmlns="http://www.w3.org/1999/xhtml"/>',
        '<x:img xmlns:x="http://www.w3.org/1999/xhtml"/>',
    ],
)
def test_foreign_content(inside: str) -> None:
    assert kinds(inside) == [SvgFlawKind.FOREIGN_CONTENT]


EXTERNAL = [
    "https://example.com/a.svg#b",
    "//example.com",
    "a.svg",
    "/a",
    "file:///etc/passwd",
    "data:text/html,x",
    "data:image/svg+xml,x",
    "data:font/woff2;base64,x",
    "data:,x",
    "blob:x",
    "?x#a",
]
INTERNAL = ["#a", " #a ", "", "data:image/png;base64,AAAA", "DATA:image/JPEG;base64,AAAA"]
LOADERS = [
    '<use href="{}"/>',
    '<use xlink:href="{}"/>',
    '<x:y xmlns:x="z" src="{}"/>',
    '<path fill="url({})"/>',
    "<path mask=\"URL( '{}' )\"/>",
    '<path cursor="url({}), auto"/>',
    r'<path filter="\75 rl({})"/>',
    r'<path style="fill:red;mask:u\72l({}"/>',
    "<style>a{{fill:url({})}}</style>",
    "<style>a{{fill:url/**/({})}} b{{mask:url('{}')}}</style>",
    "<style>@font-face{{src:url({})}}</style>",
    "<style>a{{background:image-set('{}' 1x)}}</style>",
    "<style>a{{background:image-set(url({}) 1x)}}</style>",
    '<style>a{{cursor:-webkit-image-set("{}" 1x)}}</style>',
    "<style><![CDATA[a{{fill:url({})}}]]></style>",
    '<animate attributeName="fill" values="url({});none"/>',
]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("reference", EXTERNAL)
def test_what_leads_out_of_the_file(loader: str, reference: str) -> None:
    assert kinds(loader.format(reference, reference)) == [SvgFlawKind.EXTERNAL_REFERENCE]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("reference", INTERNAL)
def test_what_does_not(loader: str, reference: str) -> None:
    assert kinds(loader.format(reference, reference)) == []


@pytest.mark.parametrize(
    "css",
    [
        "@import 'a.css';",
        "@import url(a.css);",
        r"@\69mport 'a'",
        "/**/@IMPORT/**/url('#a') print;",
    ],
)
def test_imports(css: str) -> None:
    assert kinds(f"<style>{css}</style>") == [SvgFlawKind.EXTERNAL_REFERENCE]


@pytest.mark.parametrize(
    "css",
    [
        "@namespace url(http://www.w3.org/2000/svg);",
        "@namespace x 'http://www.w3.org/1999/xlink'; a{fill:#000}",
        "@charset 'utf-8';",
        "/* url(http://example.com) @import 'a'; */",
        "a{content:'url(http://example.com)'}",
        "a{font-family:'a.svg'}",
    ],
)
def test_what_loads_nothing(css: str) -> None:
    assert kinds(f"<style>{css}</style>") == []


def test_a_base_elsewhere_makes_fragments_lead_out() -> None:
    assert kinds('<g xml:base="https://example.com/"/>') == [SvgFlawKind.EXTERNAL_REFERENCE]


@pytest.mark.parametrize("name", ["href", "xlink:href", " HREF ", "x:href", "onclick"])
@pytest.mark.parametrize("element", ["set", "animate"])
def test_animations_of_references(name: str, element: str) -> None:
    assert kinds(f'<a><{element} attributeName="{name}" to="#a"/></a>') == [
        SvgFlawKind.ANIMATED_REFERENCE
    ]


def test_processing_instructions() -> None:
    assert kinds(before='<?xml-stylesheet href="a.css"?>') == [SvgFlawKind.PROCESSING_INSTRUCTION]
    assert kinds("<?php x ?>") == [SvgFlawKind.PROCESSING_INSTRUCTION]
    assert kinds("<?xpacket begin='x'?>", before='<?xml version="1.0"?>') == []


BILLION_LAUGHS = (
    "<!DOCTYPE svg [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]>"
)


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        ("<!DOCTYPE svg>", ""),
        ('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://example.com/svg11.dtd">', ""),
        (BILLION_LAUGHS, "<text>&a11;</text>"),
        ("<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "<text>&x;</text>"),
        ("<!DOCTYPE svg [<!ENTITY % p SYSTEM 'http://example.com/p'> %p;]>", ""),
        ("<!DOCTYPE svg [<!ENTITY x '<script/>'>]>", "&x;"),
    ],
)
def test_a_doctype_is_told_where_it_begins(before: str, inside: str) -> None:
    [flaw] = flaws(svg(inside, before="<!-- <!DOCTYPE -->\n " + before))
    assert (flaw.kind, flaw.position) == (SvgFlawKind.DOCTYPE, Position(2, 2))


def test_entities_of_another_file_are_told() -> None:
    found = kinds("&x;", before='<!DOCTYPE svg SYSTEM "x.dtd">')
    assert found == [SvgFlawKind.DOCTYPE, SvgFlawKind.DOCTYPE]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "no element found"),
        (b"<svg", "unclosed token"),
        (b"\x89PNG\r\n", "not well-formed"),
        (svg("<g>"), "mismatched tag"),
        (svg("&nbsp;"), "undefined entity"),
        (svg("<x:y/>"), "unbound prefix"),
        (svg('<g a="" a=""/>'), "duplicate attribute"),
        (svg("a\0b"), "not well-formed"),
        (svg() + b"<svg/>", "junk after document element"),
        (b"<svg/>", "<svg> in no namespace"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "<html> in the namespace"),
        (b'<?xml version="1.0" encoding="zip"?>' + svg(), "The encoding zip"),
        (b'<?xml version="1.0" encoding="unicode_escape"?>' + svg(), "encoding unicode_escape"),
        (svg("<g>" * (MAX_DEPTH + 1)), "elements inside each other"),
        (svg("<g/>" * MAX_ELEMENTS), "50,000 elements"),
        (svg(element_with_attributes(MAX_ATTRIBUTES + 1)), "attributes on one element"),
        (svg(f"<style>{' ' * MAX_STYLE_LENGTH}a</style>"), "characters of styles"),
        (svg(f'<g style="{" " * MAX_STYLE_LENGTH}"/><g fill="red"/>'), "characters of styles"),
    ],
)
def test_what_is_no_svg_or_more_than_is_read(raw: bytes, message: str) -> None:
    [flaw] = flaws(raw)
    assert flaw.kind is SvgFlawKind.MALFORMED
    assert message in flaw.message


def test_the_greatest_drawing_is_read() -> None:
    deep = "<g>" * (MAX_DEPTH - 1) + "</g>" * (MAX_DEPTH - 1)
    assert kinds(element_with_attributes(MAX_ATTRIBUTES) + deep) == []
    assert kinds("<g/>" * (MAX_ELEMENTS - 1)) == []


@pytest.mark.parametrize(
    ("encoding", "start"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("latin-1", b'<?xml version="1.0" encoding="ISO-8859-1"?>'),
        ("cp1252", b"<?xml version='1.0' encoding='Windows-1252'?>"),
    ],
)
def test_encodings(encoding: str, start: bytes) -> None:
    raw = start + f"{ROOT}<text>\u00e9</text>\n <g onclick=''/></svg>".encode(encoding)
    [flaw] = flaws(raw)
    assert (flaw.kind, flaw.position) == (SvgFlawKind.EVENT_HANDLER, Position(2, 2))


@pytest.mark.parametrize(
    ("view_box", "is_told"),
    [
        ('viewBox="0 0 9 9"', False),
        ('viewBox=" -1.5,+0 , 9e1 .5 "', False),
        ("", True),
        ('viewbox="0 0 9 9"', True),
        ('viewBox=""', True),
        ('viewBox="0 0 9"', True),
        ('viewBox="0 0 9 0"', True),
        ('viewBox="0 0 -9 9"', True),
        ('viewBox="0 0 9 9 9"', True),
        ('viewBox="0 0 9px 9px"', True),
        ('viewBox="0 0 1e999 9"', True),
        ('viewBox="0 0 nan 9"', True),
        (f'viewBox="0 0 9 {"9" * 100_000}"', True),
    ],
)
def test_view_boxes(view_box: str, is_told: bool) -> None:
    found = flaws(f'<svg xmlns="http://www.w3.org/2000/svg" {view_box}/>'.encode())
    assert [flaw.kind for flaw in found] == [SvgFlawKind.VIEW_BOX] * is_told


def test_images_are_told() -> None:
    image = '<image href="data:image/png;base64,AA"/>'
    assert kinds(image + "<feImage/>") == [SvgFlawKind.RASTER_IMAGE] * 2


def test_colours_are_told_where_they_stand_first() -> None:
    found = read_svg(
        svg(
            '\n <path fill="#F00"/><path stroke="#f00" style="color:lime"/>\n'
            "<style>\n.a{fill:gray}\n.b{fill: blue}</style>"
            '<animate attributeName="fill" values="black;tan" by="gold"/><animate values="red"/>'
            '<x:y xmlns:x="editor" color="teal" x:fill="teal"/>'
        )
    )
    assert found.colours == {
        "#f00": Position(2, 2),
        "lime": Position(2, 21),
        "blue": Position(5, 10),
        "tan": Position(5, 23),
        "gold": Position(5, 23),
    }


def test_flaws_and_colours_are_bounded() -> None:
    inside = "".join(f'<g onclick="" fill="#{n:06x}"/>' for n in range(0xFF0000, 0xFF1000))
    found = read_svg(svg(inside))
    assert len(found.flaws) == len(found.colours) == MAX_FLAWS


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    for flaw in flaws(raw):
        assert len(flaw.message) < 300
        assert flaw.position is not None


NAMES = st.sampled_from(["g", "style", "script", "set", "a", "x:image", "svg", "use", "path"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["href", "x:href", "style", "fill", "onload", "xmlns", "values", "viewBox", "a"]
    ),
    st.text("url()#:;{}@'\\ far0%,/*", max_size=30),
    max_size=3,
)


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> str:
    """Return any element, with others inside."""
    name = draw(NAMES)
    attributes = "".join(f' {key}="{value}"' for key, value in draw(ATTRIBUTES).items())
    inside = st.text("url()#:;{}@'\\ far0%,/*", max_size=30)
    if depth < 3:
        inside |= st.lists(elements(depth + 1), max_size=3).map("".join)
    return f"<{name}{attributes}>{draw(inside)}</{name}>"


@given(elements(), st.data())
def test_any_xml_can_be_read_and_cut_off_anywhere(element: str, data: st.DataObject) -> None:
    raw = svg(f'<g xmlns:x="y">{element}</g>')
    whole = read_svg(raw)
    cut = read_svg(raw[: data.draw(st.integers(0, len(raw) - 1))])
    assert cut.flaws[-1].kind is SvgFlawKind.MALFORMED
    assert set(cut.flaws[:-1]) <= set(whole.flaws)


MIB = 1024 * 1024


@pytest.mark.parametrize(
    "raw",
    [
        svg('<g fill="red" style="a:b" x="">' * (MIB // 40)),
        svg('<g fill="red" style="a:b" x=""/>' * (MIB // 40)),
        svg("<g/>" * (MIB // 4)),
        svg(element_with_attributes(MIB // 10)),
        svg(f'<g onclick="{"a" * MIB}" href="{"a" * MIB}"/>'),
        svg(f"<style>{'a{' * (MIB // 2)}</style>"),
        svg(f"<style>{'+' * MAX_STYLE_LENGTH}</style>"),
        svg(f"<style>{'a(' * (MAX_STYLE_LENGTH // 2)}</style>"),
        svg(f"<style>{'/*' * (MAX_STYLE_LENGTH // 2)}</style>"),
        svg(f"<style>a{{{'fill:#f00;' * (MAX_STYLE_LENGTH // 10 - 1)}}}</style>"),
        svg(f"<style>{'url(a)' * (MAX_STYLE_LENGTH // 6)}</style>"),
        svg("<style>\n</style>" * (MIB // 16)),
        svg(f"<style>{chr(10) * MIB}</style>"),
        svg('<g href="javascript:"/>\n' * (MIB // 25)),
        svg("<!--" + "-x" * MIB + "-->"),
        svg(f'<g a="{":" * MIB}" b="{"java" * MIB}:"/>'),
        b"<" * MIB,
        b"<svg" + b" " * MIB,
    ],
    ids=range(18),
)
def test_time_is_in_proportion_to_the_size(raw: bytes) -> None:
    began = time.process_time()
    assert len(read_svg(raw).flaws) <= 2 * MAX_FLAWS + 1
    assert time.process_time() - began < 2
