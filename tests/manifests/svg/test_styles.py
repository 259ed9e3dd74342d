"""Colours and references in styles."""

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.manifests.svg.colours import TOLERANCE
from muster.manifests.svg.css import Kind, tokenize
from muster.manifests.svg.styles import MentionKind, StyleScanner, TooManyStylesError


def colours_of_value(text: str) -> list[str]:
    """Return the colours that a value gives, but for grays."""
    mentions = StyleScanner(1000).scan_value(text, is_colour=True)
    return [found.text for found in mentions if found.kind is MentionKind.COLOUR]


def colours(text: str) -> list[str]:
    """Return the colours that styles give, but for grays."""
    mentions = StyleScanner(1000).scan_styles(text)
    return [found.text for found in mentions if found.kind is MentionKind.COLOUR]


@pytest.mark.parametrize(
    "text",
    [
        *("red", "RED", "RebeccaPurple", "lightslategrey", "aliceblue"),
        *("#f00", "#F00F", "#00ff00", "#0000ff80", "#2f4f4f"),
        *("rgb(255,0,0)", "rgb( 100% , 0% , 0% )", "rgb(255 0 0)", "rgb(255 0 0 / 50%)"),
        *("rgba(255,0,0,.5)", "RGB(1e2,0,0)", "rgb(none 100 0)", "rgb(300 -20 0)"),
        *("hsl(120,100%,50%)", "hsl(120deg 100% 50%)", "hsla(.5turn 50% 40% / 0.5)"),
    ],
)
def test_colours_are_told(text: str) -> None:
    assert colours_of_value(text) == [text]
    assert colours(f"fill:{text}") == [text]
    assert colours(f".a{{ FILL : {text} !important }}") == [text]


@pytest.mark.parametrize(
    "text",
    [
        *("black", "White", "gray", "GREY", "silver", "gainsboro", "whitesmoke", "darkslate"),
        *("#000", "#ffff", "#444444", "#12121280", "#231f20", "#f000", "#ff000000"),
        *("#", "#f", "#ff", "#fffff", "#ggg", "#fffffffff", "rgb(9,9,9)", "rgb(10% 10% 10%)"),
        *("rgba(255,0,0,0)", "rgb(255 0 0 / 0%)", "hsl(0,0%,50%)", "hsl(0 100% 100%)"),
        *("none", "currentColor", "transparent", "inherit", "url(#red)", "context-fill", ""),
        *("var(--red)", "'red'", "rgb()", "rgb(255)", "rgb(calc(255) 0 0)", "rgb(255 0 0 0 0)"),
        *("rgb(255,0,0", "/* red */", "red-ish", "hsl(0 100%)", "rgb(x,0,0)"),
    ],
)
def test_grays_and_words_that_are_no_colours_are_not(text: str) -> None:
    assert colours_of_value(text) == []
    assert colours(f"fill:{text}") == []


def test_fallbacks_are_colours_too() -> None:
    assert colours_of_value("url(#a) red") == ["red"]
    assert colours_of_value("#cd853f icc-color(acme, 0.1, 0.5)") == ["#cd853f"]


def test_properties_that_give_colours() -> None:
    for name in ("fill", "stroke", "color", "stop-color", "flood-color", "lighting-color"):
        assert colours(f"{name}:red") == ["red"]
    assert colours("background:url(#a) red;--brand:red;--other:{red}") == ["red", "red"]
    assert colours("font-family:red;animation-name:tan;d:red;red:blue") == []


def test_selectors_are_no_colours() -> None:
    assert colours("red{fill:black} #f00,.red:hover{} color:red{fill:tan} a{color:gold") == [
        "tan",
        "gold",
    ]
    assert colours("@media red{a{fill:#111;stroke:teal}}@font-face{src:url(#a)}") == ["teal"]


def test_a_mention_knows_its_place() -> None:
    text = "a{fill:rgb( 255 0 0 );mask:url('#b')}"
    found = list(StyleScanner(100).scan_styles(text))
    assert {mention.text: mention.offset for mention in found} == {
        "#b": text.index("'#b'"),
        "rgb( 255 0 0 )": text.index("rgb"),
    }


def test_no_more_than_a_length_is_scanned() -> None:
    scanner = StyleScanner(10)
    assert list(scanner.scan_styles("fill:red")) != []
    with pytest.raises(TooManyStylesError):
        list(scanner.scan_value("red", is_colour=True))


channels = st.integers(0, 255)


@given(channels, channels, channels)
def test_every_way_to_write_a_colour_is_judged_the_same(red: int, green: int, blue: int) -> None:
    is_colour = max(red, green, blue) - min(red, green, blue) > TOLERANCE
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    for text in (
        f"#{red:02x}{green:02X}{blue:02x}",
        f"rgb({red}, {green}, {blue})",
        f"rgba({red} {green} {blue} / .5)",
        f"rgb({red / 2.55:.6f}% {green / 2.55:.6f}% {blue / 2.55:.6f}%)",
        f"hsl({hue * 360:.6f}, {saturation * 100:.6f}%, {lightness * 100:.6f}%)",
    ):
        if abs(max(red, green, blue) - min(red, green, blue) - TOLERANCE) > 0.5 or "%" not in text:
            assert bool(colours_of_value(text)) is is_colour, text


@given(st.text("url(){}[];:,@#'\"\\/*-+.e019%a \né"))
def test_any_text_has_tokens_in_order(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
    list(StyleScanner(1000).scan_styles(text))


def test_tokens() -> None:
    text = r"""a-b:#C0f 1.5e3px -.5% @media foo( url( x\29 ) url( "y" 'z\'' "no end"""
    assert [(token.kind, token.text) for token in tokenize(text)] == [
        (Kind.IDENT, "a-b"),
        (Kind.OTHER, ":"),
        (Kind.HASH, "C0f"),
        (Kind.NUMBER, "1.5e3px"),
        (Kind.NUMBER, "-.5%"),
        (Kind.AT, "media"),
        (Kind.FUNCTION, "foo"),
        (Kind.URL, "x)"),
        (Kind.FUNCTION, "url"),
        (Kind.STRING, "y"),
        (Kind.STRING, "z'"),
        (Kind.STRING, "no end"),
    ]


def test_escapes_are_decoded() -> None:
    text = "\\75 r\\06C(\\23 a) '\\0' '\\110000' '\\d800' '\\\n' '\\\"'"
    assert [token.text for token in tokenize(text)] == ["#a", "\ufffd", "\ufffd", "\ufffd", "", '"']
