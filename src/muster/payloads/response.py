"""Rendering a manifest's jsonResponseBody.

Templates are Handlebars, and they write JSON as text around values that a stranger sent. So no such text
is let near a template: it works on marks, one for each string (and each member name) that it asks for
(see `curtain`). What it renders is read as JSON while it holds only the author's text, marks, numbers and
literals; only then are the marks, now inside of JSON strings, replaced by what they stand for. A hostile
value can be long or odd, but it can't leave its string.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from dotpromptz_handlebars import Handlebars

from muster.core.json_values import describe
from muster.core.pointers import Json
from muster.payloads.curtain import MAX_RESPONSE_LENGTH, Curtain, look_up, too_long
from muster.payloads.errors import ResponseTemplateError

MAX_TEMPLATE_LENGTH: Final = 32 * 1024
"""Most characters of a template; it bounds the time that a hostile one takes to compile."""

_JSON_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'


@dataclass(frozen=True, slots=True)
class ResponseValues:
    """What a template may use, as requestBody, statusCode, errorMessage and so on.

    Attributes:
        request_body: the decoded body, or None when it could not be decoded.
        status_code: the HTTP status of the answer.
        error_message: empty when the request was applied.
        project_key: empty, as what follows, when it is not known.
        environment_key: key of the environment that the body named.
        segment_key: key of the first segment that the body named.
        segment_url: where Muster shows that segment.
    """

    request_body: Json
    status_code: int
    error_message: str
    project_key: str
    environment_key: str
    segment_key: str
    segment_url: str


class ResponseTemplate:
    """A compiled jsonResponseBody. It never changes, so threads may share it."""

    def __init__(self, render: Callable[[dict[str, Any]], str], mark: str) -> None:
        self._render = render
        self._mark = mark
        self._marks = re.compile(f"{mark}[0-9]+_")
        self._strings_and_marks = re.compile(f"{_JSON_STRING}|{mark}[0-9]+_", re.DOTALL)

    @classmethod
    def compile(cls, source: Json) -> "ResponseTemplate":
        """Return the template of a manifest's `jsonResponseBody`, a string.

        It is tried on an applied and on a refused request, of which the body has every member that
        the template asks for.

        Raises:
            ResponseTemplateError: it is no string, no Handlebars template, too long, or gives no JSON.
        """
        template = cls.read(source)
        for values in (APPLIED, REFUSED):
            template.render(values)
        return template

    @classmethod
    def read(cls, source: Json) -> "ResponseTemplate":
        """Return a template that has not been tried yet, as `compile` tries it.

        Raises:
            ResponseTemplateError: it is no string, no Handlebars template, or over
                `MAX_TEMPLATE_LENGTH`.
        """
        if type(source) is not str:
            raise ResponseTemplateError(
                f"jsonResponseBody is {describe(source)}, not a string. Send a Handlebars template "
                "that renders JSON, as a string."
            )
        if len(source) > MAX_TEMPLATE_LENGTH:
            raise ResponseTemplateError(
                f"jsonResponseBody has {len(source):,} characters, more than {MAX_TEMPLATE_LENGTH:,}. "
                "Shorten it."
            )
        engine = Handlebars(escape_html=False)
        engine.register_helper("lookup", look_up)
        engine.register_helper("log", lambda _arguments, _options: "")
        try:
            render = engine.compile(source)
        except Exception as error:  # whatever the engine stumbles on, the template is at fault
            raise ResponseTemplateError(
                f"jsonResponseBody is not a Handlebars template: {error}."
            ) from error
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(render, f"M{digest[:32]}_")  # a text can't hold its own digest

    def render(self, values: ResponseValues) -> bytes:
        """Return the JSON that the template makes of these values, in UTF-8.

        Raises:
            ResponseTemplateError: what it makes is not JSON, or an object with a name twice; or it
                looks at over 10,000 values, or makes over 1,048,576 characters.
        """
        curtain = Curtain(self._mark)
        try:
            text = self._render(_context(values, curtain))
        except ResponseTemplateError:
            raise
        except Exception as error:  # as above
            raise ResponseTemplateError(f"jsonResponseBody was not rendered: {error}.") from error
        if len(text) > MAX_RESPONSE_LENGTH:
            raise too_long()
        try:
            return orjson.dumps(_reveal(self._parse(text), self._marks, curtain))
        except (ValueError, TypeError, RecursionError) as error:
            raise ResponseTemplateError(
                f"jsonResponseBody did not render to JSON: {error}. Put values in quotes; a missing "
                "one renders to nothing."
            ) from error

    def _parse(self, text: str) -> Json:
        """Return the JSON document, marks in it; a mark outside of quotes is taken for a string."""
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return orjson.loads(self._strings_and_marks.sub(_quote, text))


class _Anything(int, Mapping[str, Any]):
    """A value to try templates on: true, a number where it is shown, with a member of every name."""

    def __getitem__(self, name: str) -> "_Anything":
        return self

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(("member",))

    def __len__(self) -> int:
        return 1


_ANYTHING: Final = _Anything(1)
APPLIED: Final = ResponseValues(_ANYTHING, 200, "", "p", "e", "s", "u")
"""Of a request that was applied, and whose body has every member."""
REFUSED: Final = ResponseValues(_ANYTHING, 400, "An example.", "p", "e", "s", "u")
"""The same of one that was refused."""


def _context(values: ResponseValues, curtain: Curtain) -> dict[str, Any]:
    return {
        "requestBody": curtain.hide(values.request_body),
        "statusCode": values.status_code,
        "errorMessage": curtain.hide(values.error_message),
        "projectKey": curtain.hide(values.project_key),
        "environmentKey": curtain.hide(values.environment_key),
        "segmentKey": curtain.hide(values.segment_key),
        "segmentUrl": curtain.hide(values.segment_url),
    }


def _quote(found: "re.Match[str]") -> str:
    return found[0] if found[0].startswith('"') else f'"{found[0]}"'


def _reveal(value: Json, marks: "re.Pattern[str]", curtain: Curtain) -> Json:
    """Return a document with its marks replaced, also in the names of members."""
    if isinstance(value, str):
        return marks.sub(curtain.reveal, value)
    if isinstance(value, list):
        return [_reveal(element, marks, curtain) for element in value]
    if not isinstance(value, dict):
        return value
    revealed = {
        marks.sub(curtain.reveal, name): _reveal(member, marks, curtain)
        for name, member in value.items()
    }
    if len(revealed) < len(value):
        raise ResponseTemplateError(
            "jsonResponseBody makes an object with a name twice: a value that was sent is used as a "
            "name. Use values as values only."
        )
    return revealed
