"""Hostile SVG files: each as the square logo of an integration that is sound otherwise."""

import codecs
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.manifests.hostile.case import MIB, SQUARE, Hostile, with_file

Content = bytes | str | Callable[[], bytes | str]

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"'


def svg(inside: str = "", before: str = "") -> str:
    """Return a drawing."""
    return f"{before}{HEAD}>{inside}</svg>"


def subset(declarations: str, inside: str = "") -> str:
    """Return a drawing with an internal subset."""
    return svg(inside, f"<!DOCTYPE svg [{declarations}]>")


def laughs(levels: int, width: int) -> str:
    """Return entities that are each many of the one before."""
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * width}'>" for n in range(1, levels))
    return subset(f"<!ENTITY e0 'ha'>{entities}", f"<text>&e{levels - 1};</text>")


DOCTYPES: dict[str, Content] = {
    "billion laughs": lambda: laughs(10, 10),
    "laughs, high and narrow": lambda: laughs(400, 2),
    "laughs in an attribute": lambda: laughs(10, 10).replace("<text>", '<text id="&e9;">'),
    "quadratic blow-up": lambda: subset(f"<!ENTITY a '{'x' * 90_000}'>", "&a;" * 90_000),
    "an entity of itself": subset("<!ENTITY a '&b;'><!ENTITY b '&a;'>", "&a;"),
    "an external entity": subset("<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;"),
    "an entity of a device": subset("<!ENTITY x SYSTEM 'file:///dev/zero'>", "&x;"),
    "an entity over HTTP": subset("<!ENTITY x SYSTEM 'http://127.0.0.1:9/'>", "&x;"),
    "a parameter entity": subset("<!ENTITY % x SYSTEM 'http://127.0.0.1:9/x.dtd'> %x;"),
    "nested parameter entities": subset("<!ENTITY % a '<!ENTITY b \"x\">'>%a;", "&b;"),
    "an external subset": svg(before='<!DOCTYPE svg SYSTEM "file:///dev/random">'),
    "a public subset": svg(before='<!DOCTYPE svg PUBLIC "-//X//Y" "http://127.0.0.1:9/">'),
    "a huge public id": lambda: svg(before=f'<!DOCTYPE svg PUBLIC "{"-" * 900_000}" "x">'),
    "default attributes": subset("<!ATTLIST svg onload CDATA 'alert(1)'>"),
    "many attribute lists": lambda: subset("<!ATTLIST svg a CDATA 'b'>" * 30_000),
    "many entities": lambda: subset("".join(f"<!ENTITY e{n} ''>" for n in range(40_000))),
    "a notation": subset("<!NOTATION n SYSTEM 'x'><!ENTITY e SYSTEM 'x' NDATA n>"),
    "a conditional section": subset("<![INCLUDE[<!ENTITY a 'b'>]]>"),
    "a deep content model": lambda: subset(f"<!ELEMENT g {'(' * 50_000}g{')' * 50_000}>"),
    "an undeclared entity": svg("&x;", "<!DOCTYPE svg SYSTEM 'x'>"),
    "a doctype in UTF-16": subset("<!ENTITY a 'b'>", "&a;").encode("utf-16"),
}

MALFORMED: dict[str, Content] = {
    "a zip file": b"PK\x03\x04" + bytes(range(256)),
    "random bytes": bytes(range(256)) * 64,
    "NUL bytes": b"\0" * 4096,
    "a NUL inside": svg("\0"),
    "a PNG": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "gzip": zlib.compress(svg().encode()),
    "HTML": "<!-- --><html><body onload=alert(1)>",
    "JSON": '{"svg": 1}',
    "text": "Nothing to see here.",
    "no end": svg().removesuffix("</svg>"),
    "half a tag": HEAD,
    "half an attribute": f'{HEAD} a="',
    "half a comment": svg() + "<!-- ",
    "half a CDATA section": f"{HEAD}><![CDATA[",
    "two roots": svg() * 2,
    "no namespace": "<svg/>",
    "another namespace": '<svg xmlns="http://www.w3.org/1999/xhtml"/>',
    "a prefix of nothing": svg("<a:b/>"),
    "an attribute twice": svg("<g a='' a=''/>"),
    "deep nesting": lambda: svg("<g>" * 100_000),
    "deep and closed": lambda: svg("<g>" * 70_000 + "</g>" * 70_000),
    "deep namespaces": lambda: svg("<g xmlns='a'>" * 30_000),
    "many elements": lambda: svg("<g/>" * 250_000),
    "many attributes": lambda: svg(f"<g {' '.join(f'a{n}=' + repr('') for n in range(90_000))}/>"),
    "many roots": lambda: "<svg/>" * 150_000,
    "one tag of a megabyte": lambda: f"<{'a' * (MIB - 2)}",
    "only openings": lambda: "<" * MIB,
    "only ampersands": lambda: svg("&" * 1_000_000),
    "a bad character": svg("&#0;"),
    "a character beyond Unicode": svg("&#x110000;"),
    "a surrogate": svg("\ud800"),
    "overlong UTF-8": svg("x").encode().replace(b">x", b">\xc0\xbcscript\xc0\xbe"),
    "Latin-1 without saying so": svg("\u00e9").encode("latin-1"),
    "UTF-32": svg().encode("utf-32"),
    "UTF-7": '<?xml version="1.0" encoding="UTF-7"?>' + svg("+ADw-script+AD4-"),
    "EBCDIC": ('<?xml version="1.0" encoding="cp037"?>' + svg()).encode("cp037"),
    "an encoding that is a codec of Python": '<?xml version="1.0" encoding="rot13"?>' + svg(),
    "an encoding that decompresses": '<?xml version="1.0" encoding="zlib"?>' + svg(),
    "an encoding that escapes": '<?xml version="1.0" encoding="unicode_escape"?>' + svg(),
    "an encoding without end": '<?xml version="1.0" encoding="' + "a" * 5000,
    "half of UTF-16": codecs.BOM_UTF16_LE + svg().encode("utf-16-le")[:-1],
    "a mark of UTF-16 before UTF-8": codecs.BOM_UTF16_BE + svg().encode(),
    "too many styles": lambda: svg(f"<style>{'a{fill:red}' * 90_000}</style>"),
    "styles of commas": lambda: svg(f"<g style='{',' * 1_000_000}'/>"),
}

ACTIVE: dict[str, tuple[str, Content]] = {
    "a script": ("script", svg("<script>while(1);</script>")),
    "a script in CDATA": ("script", svg("<script><![CDATA[while(1);]]></script>")),
    "a script of HTML": ("script", svg('<x:script xmlns:x="http://www.w3.org/1999/xhtml"/>')),
    "a thousand scripts": ("script", lambda: svg("<script/>" * 49_000)),
    "a link that runs": ("script", svg('<a href="&#106;avas&#x9;cript:x"/>')),
    "a handler": ("event-handler", f'{HEAD} onload="x"/>'),
    "a long handler": ("event-handler", lambda: f'{HEAD} onload="{"x" * 1_000_000}"/>'),
    "a frame": ("foreign-content", svg('<iframe xmlns="http://www.w3.org/1999/xhtml"/>')),
    "a foreign object": ("foreign-content", svg("<foreignObject/>")),
    "a tracker": ("external-reference", svg('<image href="https://tracker.example/x.png"/>')),
    "a long reference": ("external-reference", lambda: svg(f'<use href="{"a" * 1_000_000}"/>')),
    "an import": ("external-reference", svg("<style>@import '//x.example/a.css'</style>")),
    "an import in escapes": ("external-reference", svg(r"<style>@\69\6d port 'x'</style>")),
    "a URL without end": ("external-reference", lambda: svg(f"<style>{'url(' * 30_000}</style>")),
    "a drawing inside": (
        "external-reference",
        svg('<use href="data:image/svg+xml,%3Csvg/%3E#a"/>'),
    ),
    "a base": ("external-reference", svg('<g xml:base="https://x.example/"/>')),
    "an animated link": ("animated-reference", svg('<a><set attributeName="href" to="x:y"/></a>')),
    "a stylesheet": ("processing-instruction", svg(before='<?xml-stylesheet href="x.xsl"?>')),
    "an instruction of a megabyte": (
        "processing-instruction",
        lambda: svg(before=f"<?{'a' * 500_000} {'b' * 500_000}?>"),
    ),
    "escapes for a terminal": ("external-reference", svg('<use href="&#x9b;2J&#x85;&#x202e;x"/>')),
    "nothing": ("empty", ""),
    "only spaces": ("empty", " \n" * 1000),
    "only a mark": ("empty", codecs.BOM_UTF8),
}

ODD: dict[str, Content] = {
    "many prefixes": lambda: svg(
        f"<g {' '.join(f'xmlns:a{n}=' + repr('u') for n in range(40_000))}/>"
    ),
    "a megabyte of path": lambda: svg(f'<path d="{"M0 0" * 200_000}"/>'),
    "a megabyte of text": lambda: svg("x" * 1_000_000),
    "a megabyte of comment": lambda: svg("<!--" + "- " * 500_000 + "-->"),
    "a megabyte of lines": lambda: svg("\n" * 1_000_000),
    "a megabyte of references": lambda: svg("&lt;" * 250_000),
    "a view box of a megabyte": lambda: svg().replace("0 0 9 9", "9" * 1_000_000),
    "a view box of powers": svg().replace("0 0 9 9", "0 0 1e999 1e999"),
    "a view box of no numbers": svg().replace("0 0 9 9", "nan nan inf inf"),
    "a view box of other digits": svg().replace("0 0 9 9", "\u0660 \u0660 \u0669 \u0669"),
    "sizes of a megabyte": lambda: f'<svg xmlns="http://www.w3.org/2000/svg" width="{"9" * MIB}"/>',
    "a comment without end": lambda: svg(f"<style>{'/*' * 60_000}</style>"),
    "strings without end": lambda: svg("<style>" + "'\"" * 60_000 + "</style>"),
    "brackets without end": lambda: svg(f"<style>{'a(' * 60_000}</style>"),
    "blocks without end": lambda: svg(f"<style>{'a{' * 60_000}</style>"),
    "backslashes": lambda: svg("<style>" + "\\" * 120_000 + "</style>"),
    "numbers": lambda: svg(f'<g fill="rgb({"9" * 120_000},{"9." * 1000})"/>'),
    "a hundred thousand colours": lambda: svg(f"<style>a{{fill:{'red ' * 30_000}}}</style>"),
    "elements of style": lambda: svg("<style>a</style>" * 24_000),
    "elements in a style": svg("<style><g>a{fill:red}<style/></g>b{fill:blue}</style>"),
    "spaces before the declaration": " " * 100 + '<?xml version="1.0"?>' + svg(),
    "UTF-16": svg().encode("utf-16"),
    "UTF-16 without a mark": svg().encode("utf-16-le"),
    "a mark before UTF-8": codecs.BOM_UTF8 + svg().encode(),
    "other line ends": svg("\r\r\n\n\u2028").encode(),
    "a wrong XML version": '<?xml version="9.9"?>' + svg(),
}


def hostile_svgs() -> Iterator[Hostile]:
    """Yield all of them."""
    for name, content in DOCTYPES.items():
        yield _logo(name, content, "asset/doctype")
    for name, content in MALFORMED.items():
        yield _logo(name, content, "asset/not-svg")
    for name, (rule, content) in ACTIVE.items():
        yield _logo(name, content, f"asset/{rule}")
    for name, content in ODD.items():
        yield _logo(name, content, None)


def _logo(name: str, content: Content, rule: str | None) -> Hostile:
    case = with_file(f"SVG: {name}", SQUARE, content)
    return case if rule is None else replace(case, rule=rule, exit_codes=(1,))
