"""Rules about the template files of `auditLogEventsHook`, from which the bodies of its requests are made."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from muster.core.json_text import Position
from muster.core.pointers import Json, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.folder import UnreadableFile
from muster.manifests.handlebars.rendering import Rendering
from muster.manifests.handlebars.tokens import SPACES
from muster.manifests.rules.reading import find_file, has_directory, object_at
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.manifests.rules.sample_entries import (
    ENVIRONMENT_ENTRY,
    FLAG_ENTRY,
    MEMBER_ENTRY,
    PROJECT_ENTRY,
)
from muster.manifests.rules.trial import how_to_mend, sample_form_values, try_template

_HOOK: Final = ("capabilities", "auditLogEventsHook")
_PLACE: Final = (*_HOOK, "templates")
_FOLDER: Final = "templates"
_ENTRIES: Final[dict[str, Json]] = {
    "flag": FLAG_ENTRY,
    "project": PROJECT_ENTRY,
    "environment": ENVIRONMENT_ENTRY,
    "default": FLAG_ENTRY,
    "validation": ENVIRONMENT_ENTRY,
    "member": MEMBER_ENTRY,
}
"""The audit log entry that each kind of template is tried on."""
_MAY_NOT_BE_EMPTY: Final = frozenset({"validation", "member"})
_NEED_NOT_BE_JSON: Final = frozenset({"validation"})
_SHOWN_LENGTH: Final = 80
_SHOWN_AROUND: Final = 30


@dataclass(frozen=True, slots=True)
class _TriedTemplate:
    """A template file, rendered with a sample.

    Attributes:
        kind: what it is for, a key of `templates`.
        path: of the file in the folder.
        context: what it was rendered with.
    """

    kind: str
    path: str
    source: str
    context: dict[str, Json]
    rendering: Rendering

    @property
    def is_json(self) -> bool:
        """Whether what it renders is to be JSON, by its file's name."""
        return _is_json(self.path)


def _is_json(path: str) -> bool:
    return path.lower().endswith((".json", ".json.hbs"))


def _declared_paths(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the kind and the path of each template that the manifest names."""
    declared = object_at(subject.manifest, *_PLACE) or {}
    for kind in _ENTRIES:
        path = declared.get(kind)
        if isinstance(path, str) and path:
            yield kind, path


def _try_all(subject: Subject) -> Sequence[_TriedTemplate]:
    tried = []
    form_values = sample_form_values(subject)
    for kind, declared in _declared_paths(subject):
        found = find_file(subject.folder, declared)
        path, content = found or (declared, None)
        if not isinstance(content, bytes):
            continue
        entry = _escape_for_json(_ENTRIES[kind]) if _is_json(path) else _ENTRIES[kind]
        context = {**entry, "formVariables": form_values}
        source = content.decode("utf-8", "replace")
        rendering = try_template(source, context)
        tried.append(_TriedTemplate(kind, path, source, context, rendering))
    return tried


def _escape_for_json(value: Json) -> Json:
    """Return a value with its texts as they stand in JSON, without the quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if isinstance(value, dict):
        return {name: _escape_for_json(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_escape_for_json(child) for child in value]
    return value


def _find_missing(subject: Subject) -> Iterator[Flaw]:
    for kind, path in _declared_paths(subject):
        pointer = format_pointer(*_PLACE, kind)
        found = find_file(subject.folder, path)
        if found is None:
            yield Flaw(
                f"There is no file {path[:_SHOWN_LENGTH]!r} in the integration's folder.",
                "Add it, or name the file that is there.",
                pointer,
            )
        elif isinstance(found[1], UnreadableFile):
            yield Flaw(found[1].message, found[1].hint, pointer)


def _find_failing(subject: Subject) -> Iterator[Flaw]:
    seen: set[tuple[str, int, str]] = set()
    for tried in subject.derive(_try_all):
        for fault in tried.rendering.faults:
            where = (tried.path, fault.offset, fault.message)
            if where not in seen:  # one file may be the template of several kinds
                seen.add(where)
                hint = how_to_mend(fault, tried.context, subject)
                position = _position_in(tried.source, fault.offset)
                yield Flaw(fault.message, hint, file=tried.path, position=position)


def _position_in(source: str, offset: int) -> Position:
    line_start = source.rfind("\n", 0, offset) + 1
    return Position(source.count("\n", 0, offset) + 1, offset - line_start + 1)


def _find_not_json(subject: Subject) -> Iterator[Flaw]:
    for tried in subject.derive(_try_all):
        if not tried.is_json or tried.kind in _NEED_NOT_BE_JSON or tried.rendering.faults:
            continue
        fault = _json_fault(tried.rendering.text)
        if fault is not None:
            yield Flaw(
                f"With a sample, the {tried.kind} template renders what is not JSON: {fault}",
                "Look at commas and quotes; put values of texts in quotes.",
                file=tried.path,
            )


def _json_fault(text: str) -> str | None:
    """Return what keeps a text from being JSON as JavaScript's `JSON.parse` has it, in a sentence."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        before = text[max(0, error.pos - _SHOWN_AROUND) : error.pos]
        after = text[error.pos : error.pos + _SHOWN_AROUND]
        return f"reading stops between {before!r} and {after!r}."
    except _NoJsonError as error:
        return f"{error} is no value."
    except RecursionError:
        return "it nests too deep."
    return None


class _NoJsonError(ValueError):
    """A word that Python takes for a number of JSON."""


def _refuse(word: str) -> NoReturn:
    raise _NoJsonError(word)


def _find_empty(subject: Subject) -> Iterator[Flaw]:
    for tried in subject.derive(_try_all):
        is_empty = not tried.rendering.faults and not tried.rendering.text.strip(SPACES)
        if is_empty and tried.kind in _MAY_NOT_BE_EMPTY:
            yield Flaw(
                f"With a sample, the {tried.kind} template renders nothing.",
                "Let it render the body of a request.",
                file=tried.path,
            )


def _find_beside_standard_payload(subject: Subject) -> Iterator[Flaw]:
    hook = object_at(subject.manifest, *_HOOK) or {}
    if hook.get("useStandardWebhookPayload") is not True:
        return
    hint = "Take it away; or `useStandardWebhookPayload`, if templates are wanted."
    declared = object_at(subject.manifest, *_PLACE) or {}
    for kind in _ENTRIES:
        if kind in declared:
            yield Flaw(
                f"The standard payload is asked for, and a {kind} template too.",
                hint,
                format_pointer(*_PLACE, kind),
            )
    if has_directory(subject.folder, _FOLDER):
        yield Flaw(
            f"The standard payload is asked for, and there is a folder `{_FOLDER}`.",
            hint,
            format_pointer(*_HOOK, "useStandardWebhookPayload"),
        )


_PATH: Final = "templates/flag.json.hbs"
_GOOD: Final = '{"text": "{{title.plainText}}"}\n'


def _hook(source: str | None, kind: str = "flag", path: str = _PATH) -> Example:
    """Return an integration with one template."""
    return Example(
        {"capabilities": {"auditLogEventsHook": {"templates": {kind: path}}}},
        {} if source is None else {path: source},
    )


def _standard(**templates: str) -> Example:
    hook = {"useStandardWebhookPayload": True, "templates": templates}
    return Example(
        {"capabilities": {"auditLogEventsHook": hook}}, {_PATH: _GOOD} if templates else {}
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="template/missing",
        severity=Severity.ERROR,
        title="Each template that the manifest names is in the integration's folder.",
        explanation="The values of `auditLogEventsHook.templates` are paths from the folder that holds "
        "the manifest, mostly `templates/flag.json.hbs` and the like. Upper and lower case matter, and "
        "a path that leads out of the folder names nothing here.",
        failing=_hook(None),
        passing=_hook(_GOOD),
        check=_find_missing,
    ),
    Rule(
        id="template/failing",
        severity=Severity.ERROR,
        title="Each template renders.",
        explanation="Templates are [Handlebars](https://handlebarsjs.com/guide/), in strict mode: a name "
        "that is shown must be there, and one that only may be there is asked for first: "
        "`{{#if comment}}{{comment}}{{/if}}`. They are tried on an entry of the audit log, whose members "
        "are named as they are (`{{project.key}}`), and on values of the form variables, which are named "
        "`{{formVariables.region}}`; with `requiresOAuth` there are `formVariables.oauth.baseURI` and "
        "`formVariables.oauth.accessToken`. Beside the helpers of Handlebars there are `equal`, "
        "`pathEncode`, `queryEncode`, `basicAuthHeaderValue` and `formatWithOffset`.",
        failing=_hook('{"text": "{{tilte.plainText}}"}\n'),
        passing=_hook(_GOOD),
        check=_find_failing,
    ),
    Rule(
        id="template/not-json",
        severity=Severity.ERROR,
        title="A template whose name ends in .json or .json.hbs renders JSON.",
        explanation="Texts are escaped for JSON before they are put into such a template; quotes around "
        'them are its own affair: `"text": "{{name}}"`. Mind the comma after the last element of a loop. '
        "The validation template is not looked at.",
        failing=_hook('{"text": {{title.plainText}} }\n'),
        passing=_hook(_GOOD),
        check=_find_not_json,
    ),
    Rule(
        id="template/empty",
        severity=Severity.ERROR,
        title="The validation template and the member template render something.",
        explanation="The validation template makes the body of the request that tries whether the "
        "integration is set up well; the member template, of one about a member of the account. An "
        "empty body says nothing.",
        failing=_hook(
            "{{#if comment}}{{comment}}{{/if}}\n", "validation", "templates/validation.txt"
        ),
        passing=_hook("{{name}}\n", "validation", "templates/validation.txt"),
        check=_find_empty,
    ),
    Rule(
        id="template/standard-payload",
        severity=Severity.ERROR,
        title="With the standard payload there are no templates.",
        explanation="With `useStandardWebhookPayload` the bodies are those of LaunchDarkly's webhooks, "
        "and templates would do nothing: `templates` is an empty object, and there is no folder "
        "`templates`.",
        failing=_standard(flag=_PATH),
        passing=_standard(),
        check=_find_beside_standard_payload,
    ),
)
