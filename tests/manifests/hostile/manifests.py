"""Hostile manifests."""

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from muster.core.pointers import Json
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.rules.examples import SOUND_MANIFEST, merge
from tests.manifests.hostile.case import MIB, Hostile, with_file

Content = bytes | str | Callable[[], bytes | str]

SOUND = json.dumps(SOUND_MANIFEST)

NOT_JSON: dict[str, Content] = {
    "nothing": "",
    "only spaces": " \n" * 500_000,
    "a NUL": "\0",
    "NULs behind it": SOUND + "\0" * 1000,
    "a NUL in a name": SOUND.replace("Acme", "Ac\0me"),
    "random bytes": bytes(range(256)) * 64,
    "deep arrays": lambda: "[" * MIB,
    "deep objects": lambda: '{"a":' * 200_000,
    "deep and closed": lambda: "[" * 500_000 + "]" * 500_000,
    "half of it": SOUND[: len(SOUND) // 2],
    "half a text": SOUND[: SOUND.index("Acme") + 2],
    "half an escape": '{"name": "\\u12',
    "half a character": SOUND.encode() + b"\xc3",
    "UTF-16": SOUND.encode("utf-16"),
    "UTF-16 without a mark": SOUND.encode("utf-16-be"),
    "UTF-32": SOUND.encode("utf-32"),
    "Latin-1": SOUND.replace("Acme", "Acm\u00e9").encode("latin-1"),
    "overlong UTF-8": b'{"name": "\xc0\x80"}',
    "a surrogate in UTF-8": '{"name": "\ud800"}',
    "half a surrogate": '{"name": "\\ud800"}',
    "two marks": codecs.BOM_UTF8 * 2 + SOUND.encode(),
    "a comment": "// manifest\n" + SOUND,
    "a comma too many": SOUND[:-1] + ",}",
    "two documents": SOUND * 2,
    "no number": '{"name": NaN}',
    "infinity": '{"name": -Infinity}',
    "single quotes": SOUND.replace('"', "'"),
    "YAML": "name: Acme\n",
    "XML": "<manifest/>",
    "escapes for a terminal": "\x1b]0;owned\x07\x1b[2J{",
    "a line of a megabyte": lambda: "{" + " " * (MIB - 2) + "x",
}

NO_MANIFEST: dict[str, Content] = {
    "null": "null",
    "a text": '"manifest"',
    "a number": "1e400",
    "an array": "[]",
    "an empty object": "{}",
    "a number of a megabyte": lambda: '{"name": ' + "9" * 900_000 + "}",
    "a name of a megabyte": lambda: json.dumps({"x" * 1_000_000: 1}),
    "unknown keys": lambda: json.dumps({f"nmae{n}": n for n in range(50_000)}),
    "long unknown keys": lambda: json.dumps({f"{n}{'name' * 500}": n for n in range(450)}),
    "a key many times": lambda: "{" + '"name":1,' * 100_000 + '"name":2}',
    "a mark before nothing much": codecs.BOM_UTF8 + b"{}",
    "names that are controls": json.dumps({"\x1b[31m\r\n\0\u202e": 1}),
    "names that belong to JavaScript": json.dumps({"__proto__": {}, "constructor": []}),
    "as deep as JSON may be": lambda: '{"a":' * 1000 + "1" + "}" * 1000,
}


def _nested(depth: int, key: str) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = {key: value}
    return value


def _parser(**changes: Json) -> Json:
    return {"capabilities": {"syncedSegment": {"requestParser": changes}}}


def _members(**changes: Json) -> Json:
    return _parser(memberArrayParser=changes)


def _template(text: str, kind: str = "success") -> Json:
    response = {"jsonResponseBody": {"success": "{}", "error": "{}", kind: text}}
    return {"capabilities": {"syncedSegment": response}}


Change = Json | Callable[[], Json]

CHANGES: dict[str, Change] = {
    "a name of a megabyte": lambda: {"name": "x" * 1_000_000},
    "a name of controls": {"name": "\x1b[2J\x1b]0;x\x07\r\n\0\x9b\u202e\u2028"},
    "a description of emoji": lambda: {"description": "\U0001f600" * 200_000},
    "an overview of spaces": lambda: {"overview": " " * 900_000 + "."},
    "an address of a megabyte": lambda: {"links": {"site": "https://" + "a." * 400_000}},
    "an address of spaces": lambda: {"links": {"site": "https://a" + " " * 900_000 + "b"}},
    "a mail of a megabyte": lambda: {"supportEmail": "a@" * 400_000 + "b"},
    "a version of a megabyte": lambda: {"version": "1." * 400_000},
    "many categories": lambda: {"categories": [f"c{n}" for n in range(60_000)]},
    "one category many times": lambda: {"categories": ["synced-segments"] * 40_000},
    "an icon far out": lambda: {"icons": {"square": "../" * 300_000 + "etc/passwd"}},
    "an icon of slashes": lambda: {"icons": {"square": "/" * 900_000}},
    "an icon that is absolute": {"icons": {"square": "/etc/passwd"}},
    "an icon that is the manifest": {"icons": {"square": "manifest.json"}},
    "an icon that is a folder": {"icons": {"square": "assets"}},
    "an icon with a NUL": {"icons": {"square": "assets/square.svg\0.png"}},
    "an icon of controls": {"icons": {"square": "\x1b[2J"}},
    "form variables": lambda: {
        "formVariables": [
            {"key": f"k{n}", "name": "K", "type": "string", "description": "A key."}
            for n in range(9_000)
        ]
    },
    "form variables of one key": lambda: {
        "formVariables": [{"key": "k", "type": "boolean", "defaultValue": 1}] * 15_000
    },
    "form variables of nothing": lambda: {"formVariables": [{}] * 150_000},
    "a form variable of options": lambda: {
        "formVariables": [{"key": "k", "type": "enum", "allowedValues": ["x"] * 150_000}]
    },
    "form variables in a wrong place": {"formVariables": {"0": {"key": []}}},
    "capabilities of a megabyte": lambda: {"capabilities": {f"c{n}": {} for n in range(50_000)}},
    "deep capabilities": lambda: {"capabilities": _nested(900, "syncedSegment")},
    "capabilities of a number": {"capabilities": 7},
    "a parser of a number": {"capabilities": {"syncedSegment": {"requestParser": 7}}},
    "a pointer of a megabyte": lambda: _parser(cohortIdPath="/a" * 400_000),
    "a pointer of tildes": lambda: _parser(cohortIdPath="/" + "~" * 900_000),
    "a pointer of escapes": lambda: _parser(memberArrayPath="/~0~1" * 150_000),
    "a pointer of controls": _parser(cohortIdPath="/\x1b[2J\0"),
    "a pointer of digits": lambda: _parser(cohortIdPath="/" + "9" * 500_000),
    "a pointer to everything": _parser(memberArrayPath=""),
    "pointers into each other": _parser(
        memberArrayPath="/a/0/b",
        cohortIdPath="/a/0",
        environmentIdPath="/a",
        cohortNamePath="/a/0/b/1",
    ),
    "a matcher that backtracks": _members(
        booleanMembershipPath={"path": "/x", "matcher": "(a+)+$"}
    ),
    "a matcher of a megabyte": lambda: _parser(
        arrayInclusion={"path": "/x", "matcher": "(" * 300_000}
    ),
    "a matcher that repeats": _members(
        booleanMembershipPath=None,
        arrayInclusion={"path": "/x", "matcher": "((a{1000}){1000}){1000}"},
    ),
    "a matcher of controls": _members(memberIdPath="/\x00\x1b"),
    "a template without end": lambda: _template("{{#if x}}" * 50_000),
    "a template of brackets": lambda: _template("{" * 900_000),
    "a template that nests": lambda: _template("{{#if x}}" * 20_000 + "{{/if}}" * 20_000),
    "a template of calls": lambda: _template("{{" + "(a " * 100_000 + ")" * 100_000 + "}}"),
    "a template of paths": lambda: _template("{{" + "../" * 250_000 + "x}}"),
    "a template of partials": _template("{{> x}}{{#> x}}{{/x}}{{#*inline 'x'}}{{> x}}{{/inline}}"),
    "a template that loops": _template("{{#each this}}{{#each ..}}{{this}}{{/each}}{{/each}}"),
    "a template of prototypes": _template("{{__proto__.x}}{{lookup this 'constructor'}}", "error"),
    "a template of lines": lambda: _template("\n" * 800_000),
    "a template of quotes": lambda: _template('"' * 800_000),
    "a template of controls": _template("{{\x00\x1b[2J}}"),
    "templates outside": {
        "capabilities": {"auditLogEventsHook": {"templates": {"flag": "../../../../etc/passwd"}}}
    },
    "templates of a device": {
        "capabilities": {"auditLogEventsHook": {"templates": {"flag": "/dev/zero"}}}
    },
    "endpoints of everything": {
        "capabilities": {
            "auditLogEventsHook": {"endpoint": {"url": "{{" * 1000, "headers": [{}] * 1000}}
        }
    },
}

WRONG_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    "",
    "\0",
    [],
    [[]],
    {},
    {"": {}},
    ["x"] * 1000,
)


def hostile_manifests() -> Iterator[Hostile]:
    """Yield all of them."""
    for name, content in NOT_JSON.items():
        case = with_file(f"not JSON: {name}", MANIFEST_NAME, content)
        yield replace(case, rule="manifest/not-json", exit_codes=(1,))
    for name, content in NO_MANIFEST.items():
        yield replace(with_file(f"no manifest: {name}", MANIFEST_NAME, content), exit_codes=(1,))
    for name, change in CHANGES.items():
        yield with_file(f"manifest: {name}", MANIFEST_NAME, _changed(change))
    for key in SOUND_MANIFEST:
        for index, value in enumerate(WRONG_VALUES):
            document = json.dumps({**SOUND_MANIFEST, key: value})
            yield with_file(f"manifest: {key} is wrong value {index}", MANIFEST_NAME, document)


def _changed(change: Change) -> Callable[[], str]:
    def make() -> str:
        return json.dumps(merge(SOUND_MANIFEST, change() if callable(change) else change))

    return make
