"""Hostile sync requests: what a broken, careless or malicious client might send.

Every attack begins as a good body of an integration, and then may go wrong on three levels: in its
values (`damage_values`), in its text (`damage_text`), and in how it is sent (`damage_sending`).
Each level is a table of small functions; what they draw comes from one seed.
"""

import gzip
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, Final

from muster.core.pointers import Json
from muster.payloads.builder import build, split
from muster.payloads.model import DEFAULT_CONTEXT_KIND, CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser

MAX_BODY_BYTES: Final = 1024 * 1024
"""The limit of a body that the attacked server is to be started with."""


class Manner(Enum):
    """How far a request keeps to the rules of HTTP, and so what may be asked of its answer."""

    FAIR = "sent as it should be: its document alone decides the answer"
    ODD = "sent oddly: it may be refused for that, and is answered by Muster all the same"
    BROKEN = "not HTTP: it is refused, or the connection is closed without an answer"


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile request.

    Attributes:
        title: what was done to it.
        wire: all that goes over the connection.
        document: the body that the server has to find in it; None where it can't accept any.
    """

    title: str
    method: str
    wire: bytes
    document: bytes | None
    manner: Manner


class Literal(str):
    """Text that stands in the document as it is, JSON or not."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """An object's members, of which several may have one name."""


def write(value: Json) -> str:
    """Return a document; all but what is ASCII is escaped."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, Members):
        return "{" + ",".join(f"{json.dumps(name)}:{write(one)}" for name, one in value) + "}"
    if isinstance(value, dict):
        return write(Members(value.items()))
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value)


# What values are replaced by.

INJECTIONS: Final = (
    '","x":"y',
    '"}',
    '"}]}\n{"x":"',
    "\\",
    "\\u0022,\\u0022x\\u0022:1",
    "{{requestBody}}",
    "{{{errorMessage}}}",
    "{{#each requestBody}}{{@key}}{{/each}}",
    "{{lookup requestBody 'constructor'}}",
    "{{> partial}}{{!-- --}}{{",
    "</script><script>alert(1)</script>",
    "\r\nX-Injected: yes\r\n\r\n",
    "' OR 1=1; DROP TABLE segments; --",
    "%s%n%00%0d%0a",
    "../../../../etc/passwd",
    "a/b?c=d&e#f",
    "${jndi:ldap://127.0.0.1/}",
    "__proto__",
)
ODD_TEXTS: Final = (
    "",
    " ",
    ".",
    "..",
    "\0",
    "before\0after",
    "\t\r\n\x1b[31m\x7f",
    "\ud800",
    "\udc00\ud800",
    "\U0010ffff\ufffe\ufeff",
    "\u202eright to left\u2066",
    "\u2028\u2029\u0085",
    "e\u0301" * 60,
    "\u00e9",
    "\u212a\u0130\u00df\ufb00",
    "\U0001f469\u200d\U0001f680" * 85,
    "null",
    "true",
    "NaN",
    "0",
    "00",
    "-0",
    "1e3",
    "production",
    "multi",
    "kind",
    "x" * 256,
    "x" * 257,
    "\u00fc" * 256,
    "\U0001f600" * 257,
    "x" * 1025,
    "https://example.com/" + "x" * 2048,
    "x" * 70_000,
)
ODD_NUMBERS: Final = (
    *(0, -1, 1.0, 0.5, -0.0, 12345678901234567890, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64),
    *(-(2**63) - 1, 1e16, 1e-7, 1.7976931348623157e308, 5e-324),
    *map(Literal, ("1e999", "-1e999", "1" + "0" * 300, "9" * 5000, "-0", "1E3", "0.1e1")),
)
ODD_SHAPES: Final[tuple[Any, ...]] = (
    *(None, True, False, [], {}, [[]], [{}], [None], {"": ""}, {"0": {"id": "x"}}),
    *({"$ne": None}, {"id": {"id": {"id": "x"}}}, [["x"], "x"], {"__proto__": {"id": "x"}}),
)
NOT_JSON: Final = tuple(
    map(
        Literal,
        (
            *("NaN", "Infinity", "-Infinity", "undefined", "None", "True", "01", "+1", ".5", "1."),
            *("0x10", "1_000", "'x'", "`x`", '"\\x41"', '"\\u12"', '"\\ud83d"', '"\\ude00 x"', '"'),
            *('"tab\there"', '"line\nhere"', "/**/1", "1//", "[1,]", '{"a":1,}', '{"a"}', "{a:1}"),
        ),
    )
)
ODD_NAMES: Final = (
    "",
    " ",
    "0",
    "-",
    "~1",
    "a/b",
    "\0",
    "ID",
    "Id",
    "id ",
    "\uff49\uff44",
    "__proto__",
)


def odd_value(random: Random) -> Any:
    """Return a value that should not stand where a body has a good one."""
    pool: Sequence[Any] = random.choice(
        (INJECTIONS, ODD_TEXTS, ODD_TEXTS, ODD_NUMBERS, ODD_SHAPES, ODD_SHAPES, NOT_JSON)
    )
    return deepcopy(random.choice(pool))


# The first level: values. Each function changes what is at one place, a key of a container.

Container = Any
"""A list or a dict."""


def replace_value(random: Random, at: Container, key: Any) -> None:
    at[key] = odd_value(random)


def inject(random: Random, at: Container, key: Any) -> None:
    text = random.choice(INJECTIONS)
    old = at[key] if isinstance(at[key], str) else ""
    at[key] = random.choice((text, text, old + text, text + old))


def leave_out(random: Random, at: Container, key: Any) -> None:
    del at[key]


def rename_key(random: Random, at: Container, key: Any) -> None:
    if isinstance(at, dict):
        at[random.choice((*ODD_NAMES, key.upper(), f"{key} ", key[1:]))] = at.pop(key)
    else:
        at.insert(key, odd_value(random))


def repeat_key(random: Random, at: Container, key: Any) -> None:
    value = at[key]
    if isinstance(value, dict) and value:
        again = (random.choice([*value]), odd_value(random))
        members = [*value.items()]
        at[key] = Members([*members, again] if random.random() < 0.5 else [again, *members])
    else:
        replace_value(random, at, key)


def wrap(random: Random, at: Container, key: Any) -> None:
    at[key] = random.choice(([at[key]], {"value": at[key]}, {"id": at[key]}, [at[key], at[key]]))


def list_for_object(random: Random, at: Container, key: Any) -> None:
    value = at[key]
    at[key] = [*value.values()] if isinstance(value, dict) else [value]


def object_for_list(random: Random, at: Container, key: Any) -> None:
    value = at[key]
    elements = value if isinstance(value, list) else [value]
    at[key] = {str(index): element for index, element in enumerate(elements)}


def text_for_value(random: Random, at: Container, key: Any) -> None:
    at[key] = write(at[key])


def move_elsewhere(random: Random, at: Container, key: Any) -> None:
    other, place = random.choice(list_places(at))
    at[key] = deepcopy(other[place])


def multiply(random: Random, at: Container, key: Any) -> None:
    value = at[key]
    if isinstance(value, list) and 0 < len(value) < 3000:
        at[key] = value * random.randint(2, 3000 // len(value) + 1)
    else:
        at[key] = [value] * 3


def shuffle_or_flip(random: Random, at: Container, key: Any) -> None:
    value = at[key]
    if isinstance(value, list):
        random.shuffle(value)
    elif isinstance(value, bool):
        at[key] = not value
    elif isinstance(value, str):
        at[key] = value.swapcase()


def nest(random: Random, at: Container, key: Any) -> None:
    depth = random.choice((3, 100, 1000, 1030, 10_000, 100_000))
    opening, closing = random.choice((("[", "]"), ('{"x":', "}"), ('[{"id":', "}]")))
    at[key] = Literal(opening * depth + write(at[key]) + closing * depth)


def flood(random: Random, at: Container, key: Any) -> None:
    if isinstance(at, dict):
        at |= {f"k{number}": number for number in range(2000)}
        at["k" * random.choice((1000, 100_000))] = 1


VALUE_DAMAGES: Final[Sequence[Callable[[Random, Container, Any], None]]] = (
    *(replace_value, replace_value, replace_value, inject, inject, inject, leave_out, leave_out),
    *(rename_key, repeat_key, wrap, list_for_object, object_for_list, text_for_value),
    *(move_elsewhere, multiply, shuffle_or_flip, nest, flood),
)


def list_places(value: Json) -> list[tuple[Container, Any]]:
    """Return every place inside of a document, from the top: a container, and a key of it."""
    places: list[tuple[Container, Any]] = []
    waiting = deque([value])
    while waiting:
        at = waiting.popleft()
        if isinstance(at, Members) or not isinstance(at, dict | list):
            continue
        keys = at.keys() if isinstance(at, dict) else range(len(at))
        for key in keys:
            places.append((at, key))
            waiting.append(at[key])
    return places


def damage_values(random: Random, box: list[Json]) -> str:
    """Damage up to three places of the document in a box; return what was done."""
    done = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list_places(box)
        if not places:
            break
        damage = random.choice(VALUE_DAMAGES)
        # Half of the time near the top, where a body says what it is about.
        damage(random, *random.choice(places[: random.choice((12, 300))]))
        done.append(damage.__name__)
    return ", ".join(done)


# The second level: the text.


def cut(random: Random, text: bytes) -> bytes:
    return text[: random.randrange(len(text) + 1)]


def drop_part(random: Random, text: bytes) -> bytes:
    start = random.randrange(len(text) + 1)
    return text[:start] + text[start + random.choice((1, 1, 2, 20)) :]


def flip_bit(random: Random, text: bytes) -> bytes:
    if not text:
        return b"\0"
    at = random.randrange(len(text))
    return text[:at] + bytes([text[at] ^ (1 << random.randrange(8))]) + text[at + 1 :]


def insert_bytes(random: Random, text: bytes) -> bytes:
    at = random.randrange(len(text) + 1)
    part = random.choice(
        (
            *(b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"),
            *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"//x\n", b"/*x*/"),
        )
    )
    return text[:at] + part + text[at:]


def recode(random: Random, text: bytes) -> bytes:
    codec = random.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "cp037"))
    return text.decode(errors="replace").encode(codec)


def unescape(random: Random, text: bytes) -> bytes:
    try:
        value = json.loads(text)
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return text


def add_around(random: Random, text: bytes) -> bytes:
    before, after = random.choice(
        (
            *((b" \n\t\r" * 500, b" \n"), (b"", b"\0"), (b"", b"x"), (b"", b","), (b"", b"\n{}")),
            *((b"\xef\xbb\xbf", b""), (b")]}',\n", b""), (b"callback(", b");"), (b"body=", b"")),
            *((b"[", b"]"), (b'"', b'"'), (b"", text), (b"{" * 50_000, b"")),
        )
    )
    return before + text + after


def other_text(random: Random, text: bytes) -> bytes:
    return random.choice(
        (
            *(b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"{}", b"[[]]", b"[{}]", b'"x"'),
            *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 1000 + b"]" * 1000, b"\xff\xfe", b"\0"),
            *(b"a=b&c=d", b"<?xml version='1.0'?><a/>", b"--x\r\n\r\n--x--", b"POST / HTTP/1.1"),
            random.randbytes(random.choice((1, 10, 1000))),
        )
    )


TEXT_DAMAGES: Final[Sequence[Callable[[Random, bytes], bytes]]] = (
    *(cut, cut, drop_part, flip_bit, flip_bit, insert_bytes, insert_bytes, insert_bytes),
    *(recode, unescape, add_around, other_text),
)


def damage_text(random: Random, text: bytes) -> tuple[bytes, str]:
    """Damage a text; return it, and what was done."""
    damage = random.choice(TEXT_DAMAGES)
    return damage(random, text), damage.__name__


# The third level: how it is sent.


@dataclass(slots=True)
class Sending:
    """A request on its way to the wire."""

    document: bytes | None
    content: bytes
    path: str
    headers: dict[str, str | None]
    lines: list[bytes] = field(default_factory=list)
    method: str = "POST"
    version: str = "HTTP/1.1"
    manner: Manner = Manner.FAIR

    def to_wire(self) -> bytes:
        """Return the request; its length is told unless the headers or lines say another thing."""
        headers = {"Content-Length": str(len(self.content)), **self.headers}
        if "Transfer-Encoding" in headers:
            headers.setdefault("Content-Length", None)
        head = [f"{self.method} {self.path} {self.version}".encode()]
        head += [
            f"{name}: {value}".encode("latin-1")
            for name, value in headers.items()
            if value is not None
        ]
        return b"\r\n".join([*head, *self.lines, b"", self.content])


def _zip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same bytes in every run


def zip_it(random: Random, sending: Sending) -> None:
    sending.headers["Content-Encoding"] = random.choice(("gzip", "x-gzip", " GZip "))
    half = random.randrange(len(sending.content) + 1)
    parts = (sending.content[:half], sending.content[half:])
    whole = (sending.content,)
    sending.content = b"".join(map(_zip, random.choice((parts, whole, whole))))


def zip_it_badly(random: Random, sending: Sending) -> None:
    whole = _zip(sending.content)
    cut_off = whole[: random.randrange(len(whole))]
    sending.headers["Content-Encoding"] = "gzip"
    wrong = (cut_off, sending.content[:-1], whole + b"tail", whole[1:], b"\x1f\x8b", whole[:10] * 2)
    sending.content, sending.document = random.choice(wrong), None


def zip_it_and_flip_a_bit(random: Random, sending: Sending) -> None:
    sending.headers["Content-Encoding"] = "gzip"
    sending.content = flip_bit(random, _zip(sending.content))
    sending.manner = Manner.ODD  # some bits of the head mean nothing


def zip_a_bomb(random: Random, sending: Sending) -> None:
    sending.headers["Content-Encoding"] = "gzip"
    sending.content, sending.document = random.choice(BOMBS), None


def zip_it_and_not_say_so(random: Random, sending: Sending) -> None:
    sending.content, sending.document = _zip(sending.content), None


def other_encoding(random: Random, sending: Sending) -> None:
    name = random.choice(("br", "deflate", "zstd", "gzip, gzip", "gzip;q=1", "\xff", "x" * 5000))
    sending.headers["Content-Encoding"], sending.document = name, None


def in_chunks(random: Random, sending: Sending) -> None:
    sending.headers["Transfer-Encoding"] = "chunked"
    sending.headers["Content-Length"] = None
    size = random.choice((1, 7, 100, 70_000)) if len(sending.content) < 2000 else 70_000
    text = sending.content
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    sending.content = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


def other_type(random: Random, sending: Sending) -> None:
    refused = random.choice(
        (
            *(None, "", "text/plain", "text/json", "json", "application/jsonp", "*/*", ";", "\xff"),
            *("application/x-www-form-urlencoded", "application/json; charset=utf-16"),
            *("application/json, text/plain", "multipart/form-data; boundary=x", "x" * 5000),
        )
    )
    sending.headers["Content-Type"], sending.document = refused, None


def same_type_in_other_words(random: Random, sending: Sending) -> None:
    sending.headers["Content-Type"] = random.choice(
        (
            *("application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'),
            *("application/vnd.api+json", "application/json;", "application/json; x={{y}}"),
        )
    )


def other_token(random: Random, sending: Sending) -> None:
    token = str(sending.headers["Authorization"])
    wrong = (None, "", "x", f"Basic {token}", token[:-1], f"{token},{token}", "\xff", "x" * 5000)
    sending.headers["Authorization"], sending.document = random.choice(wrong), None


def other_path(random: Random, sending: Sending) -> None:
    path = sending.path
    wrong = (
        *(
            f"{path}x",
            f"{path}/",
            f"{path}%00",
            f"{path}/../x",
            f"{path}%2f",
            f"{path}%ff",
            "/",
            "*",
        ),
        *(
            "/api/v2/segment-targets/",
            "/api/v2/segment-targets/{{x}}",
            f"/{path}",
            "/" + "x" * 5000,
        ),
        f"/api/v2/segment-targets/{'%22%2c' * 500}",
    )
    sending.path, sending.document = random.choice(wrong), None


def other_method(random: Random, sending: Sending) -> None:
    sending.method = random.choice(("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"))
    sending.document = None


def same_path_in_other_words(random: Random, sending: Sending) -> None:
    path = sending.path
    escaped = "".join(f"%{ord(char):02X}" for char in path[-3:])
    sending.path = random.choice(
        (
            *(f"{path}?x={{{{y}}}}", path.replace("targets", "target"), f"{path[:-3]}{escaped}"),
            path[:-1] + path[-1].upper(),
        )
    )
    sending.manner = Manner.ODD


def odd_headers(random: Random, sending: Sending) -> None:
    token = str(sending.headers["Authorization"]).encode()
    sending.lines += random.choice(
        (
            [b"Expect: 100-continue"],
            [b"Expect: x"],
            [b"Content-Type: text/plain"],
            [b"Content-Encoding: identity", b"Content-Encoding: gzip"],
            [b"Authorization: " + token, b"Authorization: x"],
            [b"X-HTTP-Method-Override: DELETE", b"X-Original-URL: /", b"X-Forwarded-For: ::1"],
            [b"X-Request-ID: \xff\xfe", b"Accept-Encoding: gzip", b"Accept: text/html"],
            [b"Cookie: " + b"x" * 20_000],
            [b"X-%d: %d" % (number, number) for number in range(200)],
            [b"Connection: close"],
            [b'Host: x"},{', b"Host: {{y}}"],
        )
    )
    sending.manner = Manner.ODD


def ask_for_an_upgrade(random: Random, sending: Sending) -> None:
    protocol = random.choice((b"websocket", b"h2c", b"x"))
    sending.lines += [b"Connection: Upgrade", b"Upgrade: " + protocol]


def told_too_short(random: Random, sending: Sending) -> None:
    told = min(len(sending.content), random.randrange(20))  # too little for any good document
    sending.headers["Content-Length"] = str(told)
    sending.manner = Manner.BROKEN


def told_too_long(random: Random, sending: Sending) -> None:
    told = len(sending.content) + random.choice((1, 1000, 10**9, 10**30))
    sending.headers["Content-Length"] = str(told)
    sending.manner = Manner.BROKEN


def length_that_is_none(random: Random, sending: Sending) -> None:
    told = random.choice((None, "", "-1", "x", "0x10", "1e3", "+5", "5, 5", "\xb2", "9" * 5000))
    sending.headers["Content-Length"] = told
    sending.lines += random.choice(([], [], [b"Content-Length: 5"]))
    sending.manner = Manner.BROKEN


def chunks_that_are_none(random: Random, sending: Sending) -> None:
    sending.headers["Transfer-Encoding"] = random.choice(("chunked", "gzip, chunked", "x", "\xff"))
    sending.headers["Content-Length"] = random.choice((None, "5"))
    sending.content = random.choice((b"", b"%x\r\n" % len(sending.content))) + sending.content
    sending.content += random.choice(
        (b"", b"\r\nx\r\n", b"\r\n-1\r\n\r\n", b"\r\nfffffffffffffffff\r\n")
    )
    sending.manner = Manner.BROKEN


def broken_head(random: Random, sending: Sending) -> None:
    sending.manner = Manner.BROKEN
    match random.randrange(4):
        case 0:
            sending.lines.append(
                random.choice((b"no colon", b": x", b"a b: c", b"X: \0", b"\xff: x"))
            )
        case 1:
            sending.version = random.choice(("HTTP/9.9", "HTTP", "", "HTTP/1.1 x", "SIP/2.0"))
        case 2:
            sending.method = random.choice(("post", "", "P\0ST", "\u00fc", "X" * 5000))
        case _:
            sending.path = random.choice(("", "x y", "\u00fc", "http://[", "\0"))


SENDING_DAMAGES: Final[Sequence[Callable[[Random, Sending], None]]] = (
    *(zip_it, zip_it, zip_it_badly, zip_it_badly, zip_it_and_flip_a_bit, zip_a_bomb),
    *(zip_it_and_not_say_so, other_encoding, in_chunks, in_chunks, other_type, other_type),
    *(same_type_in_other_words, other_token, other_path, other_method, same_path_in_other_words),
    *(odd_headers, odd_headers, told_too_short, told_too_long, length_that_is_none),
    *(chunks_that_are_none, broken_head, ask_for_an_upgrade),
)
BOMBS: Final = tuple(
    _zip(text) for text in (bytes(8 << 20), b"[" * (8 << 20), b" " * (MAX_BODY_BYTES + 1))
)


def damage_sending(random: Random, sending: Sending) -> str:
    """Damage how a request is sent; return what was done."""
    damage = random.choice(SENDING_DAMAGES)
    damage(random, sending)
    return damage.__name__


@dataclass(frozen=True, slots=True)
class Attacker:
    """Makes attacks in the shape of one integration. Some are no attacks: good bodies among them."""

    integration: str
    parser: RequestParser
    environments: Mapping[str, float]
    """Client-side IDs, each with its weight."""
    token: str
    random: Random

    def attacks(self) -> Iterator[Attack]:
        """Yield attacks without an end."""
        while True:
            yield self._attack()

    def _attack(self) -> Attack:
        random, done = self.random, []
        box = [self._good_body()]
        if random.random() < 0.6:
            done.append(damage_values(random, box))
        text = write(box[0]).encode() if box else b""
        if random.random() < 0.2:
            text, title = damage_text(random, text)
            done.append(title)
        sending = Sending(
            document=text,
            content=text,
            path=f"/api/v2/segment-targets/{self.integration}",
            headers={
                "Host": "muster.example.com",
                "Authorization": self.token,
                "Content-Type": "application/json",
            },
        )
        if random.random() < 0.25:
            done.append(damage_sending(random, sending))
        title = "; ".join(done) or "nothing"
        document = sending.document if sending.manner is not Manner.BROKEN else None
        return Attack(title, sending.method, sending.to_wire(), document, sending.manner)

    def _good_body(self) -> Json:
        random, spec = self.random, self.parser.spec
        members = [f"m{number}" for number in random.sample(range(60), random.randint(0, 8))]
        middle = random.randint(0, len(members))
        cohort = CohortChanges(
            f"c{random.randrange(12)}",
            random.choice((None, "Beta testers", "Tëster", random.choice(INJECTIONS))),
            random.choice((None, "https://example.com/c")) if spec.cohort_url else None,
            members[:middle],
            members[middle:],
        )
        usual = random.random() < 0.97 or spec.context_kind is None
        changes = SyncChanges(
            environment_id=random.choices(*zip(*self.environments.items(), strict=True))[0],
            context_kind=DEFAULT_CONTEXT_KIND if usual else "device",
            cohorts=(cohort,) if members or spec.requires_heading else (),
        )
        return build(self.parser, random.choice(split(self.parser, changes)))
