"""Rules about jsonResponseBody: whether it is a template, and gives JSON for whatever it answers.

The verdict is that of the engine that answers requests, `muster.payloads.response`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, cast

import orjson

from muster.core.pointers import Json, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.handlebars.parser import parse_template
from muster.manifests.handlebars.tokens import TemplateSyntaxError
from muster.manifests.rules import unusable
from muster.manifests.rules.reading import text_at
from muster.manifests.rules.request_parser_reading import compiled
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.manifests.rules.sample_body import build_samples
from muster.manifests.rules.template_variables import unknown_variables
from muster.payloads.errors import BuildError, ResponseTemplateError
from muster.payloads.parser import RequestParser
from muster.payloads.response import (
    APPLIED,
    MAX_TEMPLATE_LENGTH,
    REFUSED,
    ResponseTemplate,
    ResponseValues,
)

_PLACE: Final = ("capabilities", "syncedSegment", "jsonResponseBody")
_VARIABLES: Final = (
    "requestBody",
    "statusCode",
    "errorMessage",
    "projectKey",
    "environmentKey",
    "segmentKey",
    "segmentUrl",
)
_HARD_MESSAGE: Final = '/batch/0: found "nothing", expected an id.\nSend one: C:\\ids'
_UNREAD: Final = ResponseValues(None, 400, _HARD_MESSAGE, "", "", "", "")
"""Of a request that was refused before anything of it was known."""
_NUMBERS: Final = {
    "errorMessage": 900_000_001,
    "projectKey": 900_000_002,
    "environmentKey": 900_000_003,
    "segmentKey": 900_000_004,
    "segmentUrl": 900_000_005,
}
"""What stands for texts to find those outside of quotes: there, a number stays a number."""


def _template(subject: Subject) -> ResponseTemplate | str | None:
    """Return the template, or why it is none; None where nothing is declared."""
    source = text_at(subject.manifest, *_PLACE)
    if source is None:
        return None
    try:
        # First the length, then what bounds the depth: the engine takes its time with the rest.
        if len(source) <= MAX_TEMPLATE_LENGTH:
            parse_template(source)
        return ResponseTemplate.read(source)
    except TemplateSyntaxError as error:
        return f"{error.message} It is at character {error.offset + 1:,} of the template."
    except ResponseTemplateError as error:
        return error.message


def _failure(subject: Subject, values: ResponseValues) -> str | None:
    """Return why the template gives no JSON for some values, if it does not."""
    template = subject.derive(_template)
    if not isinstance(template, ResponseTemplate):
        return None
    try:
        template.render(values)
    except ResponseTemplateError as error:
        return error.message
    return None


def _flaw(message: str, hint: str = "") -> Flaw:
    return Flaw(message, hint, format_pointer(*_PLACE))


def _find_unusable(subject: Subject) -> Iterator[Flaw]:
    fault = subject.derive(_template)
    if isinstance(fault, str):
        hint = "Look for braces that are not closed, and for a block without its end."
        if "}}}" in fault:
            hint = "Put a space between the end of a tag and a brace of JSON: `{{/if}} }`."
        yield _flaw(f"This is no Handlebars template that Muster can use. {fault}", hint)


def _find_failing_on_success(subject: Subject) -> Iterator[Flaw]:
    reason = _failure(subject, APPLIED)
    if reason:
        yield _flaw(f"For a request that was applied: {reason}")


def _find_failing_on_failure(subject: Subject) -> Iterator[Flaw]:
    reason = _failure(subject, REFUSED)
    if reason:
        yield _flaw(f"For a request that was refused: {reason}")


def _sample_failure(subject: Subject) -> str | None:
    """Return why the template gives no JSON for a body that holds just what is read."""
    if _failure(subject, APPLIED) or _failure(subject, REFUSED):
        return None
    for body in subject.derive(_sample_bodies):
        for values in (APPLIED, replace(REFUSED, error_message=_HARD_MESSAGE)):
            reason = _failure(subject, replace(values, request_body=body))
            if reason:
                return reason
    return None


def _sample_bodies(subject: Subject) -> list[Json]:
    parser = subject.derive(compiled)
    try:
        return build_samples(parser) if isinstance(parser, RequestParser) else [{}]
    except BuildError:
        return [{}]


def _find_failing_on_samples(subject: Subject) -> Iterator[Flaw]:
    reason = subject.derive(_sample_failure)
    if reason:
        yield _flaw(f"For a body that holds just what the request parser reads: {reason}")


def _find_failing_unread(subject: Subject) -> Iterator[Flaw]:
    is_told_elsewhere = _failure(subject, REFUSED) or subject.derive(_sample_failure)
    reason = _failure(subject, _UNREAD)
    if reason and not is_told_elsewhere:
        yield _flaw(f"For a request of which nothing could be read: {reason}")


def _find_unknown_variables(subject: Subject) -> Iterator[Flaw]:
    source = text_at(subject.manifest, *_PLACE)
    if source is None or not isinstance(subject.derive(_template), ResponseTemplate):
        return
    for unknown in unknown_variables(parse_template(source), _VARIABLES):
        yield _flaw(
            f"There is no variable {unknown.name[:40]!r}; it is always empty.", unknown.hint
        )


def _find_unquoted_texts(subject: Subject) -> Iterator[Flaw]:
    for name in subject.derive(_unquoted):
        yield _flaw(
            f"`{name}` stands outside of quotes, and is a text.",
            f'Write `"{{{{{name}}}}}"`; Muster puts the quotes there, others do not.',
        )


def _unquoted(subject: Subject) -> list[str]:
    """Return the variables that are texts and stand outside of quotes."""
    template = subject.derive(_template)
    if not isinstance(template, ResponseTemplate):
        return []
    found: set[Json] = set()
    for values in (APPLIED, REFUSED):
        numbers = cast("dict[str, Any]", _NUMBERS)
        asked = replace(
            values,
            error_message=numbers["errorMessage"] if values.error_message else "",
            project_key=numbers["projectKey"],
            environment_key=numbers["environmentKey"],
            segment_key=numbers["segmentKey"],
            segment_url=numbers["segmentUrl"],
        )
        try:
            found.update(_numbers_in(orjson.loads(template.render(asked))))
        except ResponseTemplateError:
            continue
    return [name for name, number in _NUMBERS.items() if number in found]


def _numbers_in(document: Json) -> Iterator[int]:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, int):
            yield value


def _with(template: str) -> Example:
    return Example({"capabilities": {"syncedSegment": {"jsonResponseBody": template}}})


_STATUS: Final = (
    '{"segment": "{{segmentKey}}", {{#if errorMessage}}"error": "{{errorMessage}}"'
    '{{else}}"status": "success"{{/if}} }'
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id=unusable.RESPONSE_BODY,
        severity=Severity.ERROR,
        title="`jsonResponseBody` is a Handlebars template.",
        explanation="Handlebars writes `{{segmentKey}}` for a value and `{{#if errorMessage}}…{{else}}…"
        f"{{{{/if}}}}` for a choice. A template has at most {MAX_TEMPLATE_LENGTH:,} characters, and uses "
        "no partials. To answer without a body, leave the key out. A server that leaves an integration "
        "out because of its template names this rule too.",
        failing=_with('{"segment": "{{segmentKey"}'),
        passing=_with(_STATUS),
        check=_find_unusable,
    ),
    Rule(
        id="response-body/success",
        severity=Severity.ERROR,
        title="The answer to a request that was applied is JSON.",
        explanation="The template is rendered for a request whose body has every member that the "
        "template asks for, each a number. What comes out must be JSON: names and texts in double "
        "quotes, no comma behind the last.",
        failing=_with('{ {{#if errorMessage}}"error": "{{errorMessage}}"{{else}}status{{/if}} }'),
        passing=_with(_STATUS),
        check=_find_failing_on_success,
    ),
    Rule(
        id="response-body/failure",
        severity=Severity.ERROR,
        title="The answer to a request that was refused is JSON.",
        explanation="Then `errorMessage` says why, and `statusCode` is 400 or more. What stands between "
        "`{{#if errorMessage}}` and `{{else}}` is easily overlooked: it is shown to nobody while all "
        "goes well.",
        failing=_with('{"ok": true{{#if errorMessage}}, "error": {{/if}} }'),
        passing=_with(_STATUS),
        check=_find_failing_on_failure,
    ),
    Rule(
        id="response-body/sample",
        severity=Severity.WARNING,
        title="The answer is JSON also for a body that holds just what the request parser reads.",
        explanation="What is missing in a body renders to nothing, which outside of quotes is not JSON: "
        '`"count": {{requestBody.count}}` becomes `"count": `. Put it in quotes, or write `{{#if}}` '
        "around it. Lists are tried with several members, so a comma is needed between them, and texts "
        "hold quotes and line breaks. Where a template gives no JSON, Muster answers in its own way.",
        failing=_with('{"count": {{requestBody.count}} }'),
        passing=_with('{"count": "{{requestBody.count}}"}'),
        check=_find_failing_on_samples,
    ),
    Rule(
        id="response-body/unread",
        severity=Severity.WARNING,
        title="The answer is JSON also when nothing could be read of a request.",
        explanation="Where a body is not JSON, `requestBody` is null, and the project, environment and "
        "segment are empty. Outside of quotes an empty value leaves a gap. Where a template gives no "
        "JSON, Muster answers in its own way.",
        failing=_with(
            '{ {{#if requestBody}}"seen": true{{/if}} {{#if errorMessage}}, "error": 1{{/if}} }'
        ),
        passing=_with(_STATUS),
        check=_find_failing_unread,
    ),
    Rule(
        id="response-body/unknown-variable",
        severity=Severity.WARNING,
        title="The template names only variables that there are.",
        explanation=f"There are {', '.join(f'`{name}`' for name in _VARIABLES)}. Any other is empty. What "
        "is in `requestBody` is up to your product: `{{requestBody.action}}`. Inside of `{{#each}}` and "
        "`{{#with}}`, names are those of the element, and are not looked at.",
        failing=_with('{"segment": "{{segmentkey}}"}'),
        passing=_with('{"segment": "{{segmentKey}}"}'),
        check=_find_unknown_variables,
    ),
    Rule(
        id="response-body/unquoted-text",
        severity=Severity.WARNING,
        title="Texts stand in quotes.",
        explanation="`statusCode` is a number, and all the others but `requestBody` are texts. Muster "
        "puts quotes around a text that has none; another engine renders it bare, which is not JSON.",
        failing=_with('{"segment": {{segmentKey}} }'),
        passing=_with('{"segment": "{{segmentKey}}"}'),
        check=_find_unquoted_texts,
    ),
)
