"""Hostile files that a generator makes: sound ones, damaged in some places by chance, always the same."""

import json
import random
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from muster.core.pointers import Json
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.rules.examples import SOUND_MANIFEST
from tests.manifests.hostile.case import SQUARE, Hostile, with_file

_SVG = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"'
    b' xmlns:xlink="http://www.w3.org/1999/xlink"><style>.a{fill:#444;stroke:rgb(1,2,3)}</style>'
    b'<defs><linearGradient id="g"><stop offset="0" stop-color="gray"/></linearGradient></defs>'
    b'<g transform="scale(2)" style="fill:url(#g);mask:none"><path class="a" d="M8 8h32v32H8z"/></g>'
    b'<use xlink:href="#g"/></svg>\n'
)
_PIECES = [
    *(
        b"<!DOCTYPE svg [",
        b"<!ENTITY a 'b'>",
        b"]>",
        b"&a;",
        b"<script>",
        b"</g>",
        b"<![CDATA[",
        b"]]>",
    ),
    *(
        b"<!--",
        b"-->",
        b"<?x ?>",
        b"url(",
        b"@import",
        b"/*",
        b'"',
        b"'",
        b"\\",
        b"{",
        b"}",
        b"(",
        b")",
    ),
    *(
        b"javascript:",
        b' onload="x"',
        b"xmlns=",
        b"\xff",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"<g>" * 300,
    ),
    *(b"[", b"]", b",", b":", b"null", b"1e999", b"\\ud800", b"{{", b"}}", b"\x1b[2J", b"9" * 5000),
]
_VALUES: tuple[Any, ...] = (
    *(
        None,
        False,
        0,
        -1,
        1e308,
        "",
        "/",
        "/a[0]",
        "~",
        "{{x}}",
        "{{#if",
        "(",
        "\x1b[2J\0",
        "x" * 5000,
    ),
    *([], {}, [[]] * 50, {"": None}, {"type": "string"}, [{"key": "a"}] * 3, "../" * 50, "$FIX_ME"),
)
_KEYS = (
    "name",
    "capabilities",
    "type",
    "__proto__",
    "",
    "syncedSegment",
    "x" * 300,
    "\n",
    "requestParser",
)


def generated_folders(number: int) -> Iterator[Hostile]:
    """Yield so many of them: a third of damaged SVG, of damaged JSON, and of wrong manifests each."""
    makers = (_damaged_svg, _damaged_json, _wrong_manifest)
    for seed, _ in zip(count(), range(number), strict=False):
        kind = seed % len(makers)
        path = SQUARE if kind == 0 else MANIFEST_NAME
        yield with_file(
            f"generated {seed}: {makers[kind].__name__}", path, _late(makers[kind], seed)
        )


def _late(make: Callable[[random.Random], bytes], seed: int) -> Callable[[], bytes]:
    return lambda: make(random.Random(seed))


def _damaged_svg(chance: random.Random) -> bytes:
    return _damage(_SVG, chance)


def _damaged_json(chance: random.Random) -> bytes:
    return _damage(json.dumps(SOUND_MANIFEST, indent=1).encode(), chance)


def _damage(sound: bytes, chance: random.Random) -> bytes:
    """Damage a file in some places."""
    raw = sound
    for _ in range(chance.randint(1, 4)):
        raw = _damage_once(raw, chance)
    return raw


def _damage_once(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(raw) + 1)
    end = min(len(raw), start + chance.randint(0, 40))
    before, between, after = raw[:start], raw[start:end], raw[end:]
    recoded = raw.decode("utf-8", "replace").encode(chance.choice(["utf-16", "utf-32"]))
    flipped = bytes(byte ^ 1 << chance.randrange(8) for byte in between)
    return chance.choice(
        [
            before + chance.choice(_PIECES) + between + after,
            before + chance.choice(_PIECES) + after,
            before + after,
            before + between * 2 + after,
            before + flipped + after,
            before,
            recoded,
        ]
    )


def _wrong_manifest(chance: random.Random) -> bytes:
    document: Json = json.loads(json.dumps(SOUND_MANIFEST))
    for _ in range(chance.randint(1, 6)):
        places = list(_containers(document))
        container = chance.choice(places)
        value = chance.choice(_VALUES)
        if isinstance(container, dict):
            known = list(container) or [""]
            key = chance.choice([*known, *known, chance.choice(_KEYS)])
            if chance.random() < 0.2:
                container.pop(key, None)
            else:
                container[key] = json.loads(json.dumps(value))
        else:
            container.append(json.loads(json.dumps(value)))
    return json.dumps(document).encode()


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from _containers(child)
