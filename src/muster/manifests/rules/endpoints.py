"""Rules about the endpoint of `auditLogEventsHook`: the address and headers that its requests have."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from muster.core.pointers import Json, Tokens, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import object_at, objects_in, text_at
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.manifests.rules.sample_entries import FLAG_ENTRY
from muster.manifests.rules.trial import MAX_TEMPLATES, flaws_of_text, sample_form_values

_HOOK: Final = ("capabilities", "auditLogEventsHook")
_PLACE: Final = (*_HOOK, "endpoint")
_HOST: Final = re.compile(
    r"\s*(?:(?:https?|wss?|ftp):[/\\]*|(?:[a-z][a-z0-9.+-]*:)?//)([^/\\?#]*)", re.IGNORECASE
)
_NAME_IN_BRACES: Final = re.compile(r"\{\{(\w+)\}\}", re.ASCII)
_SHOWN_LENGTH: Final = 40


def _find_no_headers(subject: Subject) -> Iterator[Flaw]:
    endpoint = object_at(subject.manifest, *_PLACE)
    if endpoint is not None and "headers" not in endpoint:
        yield Flaw(
            "The endpoint has no `headers`.",
            'Add them, mostly `{"name": "Content-Type", "value": "application/json"}`; or an empty array.',
            format_pointer(*_PLACE),
        )


def _find_failing(subject: Subject) -> Iterator[Flaw]:
    texts = list(islice(_texts(subject), MAX_TEMPLATES))
    if not texts:
        return
    form_values = sample_form_values(subject)
    context = {**form_values, "context": FLAG_ENTRY, "oauth": form_values["oauth"]}
    for place, text in texts:
        yield from flaws_of_text(text, context, format_pointer(*place), subject)


def _texts(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Yield the texts of the endpoint that are templates, and where they are."""
    url = text_at(subject.manifest, *_PLACE, "url")
    if url is not None:
        yield (*_PLACE, "url"), url
    for at, header in objects_in(subject.manifest, *_PLACE, "headers"):
        value = header.get("value")
        if isinstance(value, str):
            yield (*at, "value"), value


def _find_no_secret(subject: Subject) -> Iterator[Flaw]:
    signature = object_at(subject.manifest, *_PLACE, "hmacSignature")
    if signature is None:
        return
    name = signature.get("hmacSecretFormVariableKey")
    pointer = format_pointer(*_PLACE, "hmacSignature")
    if not isinstance(name, str):
        hint = "Add `hmacSecretFormVariableKey`, the key of a secret form variable."
        yield Flaw("The signature does not say which secret it is made with.", hint, pointer)
        return
    variables = [each for _, each in objects_in(subject.manifest, "formVariables")]
    variable = next((each for each in reversed(variables) if each.get("key") == name), None)
    if variable is None:
        yield Flaw(
            f"There is no form variable {name[:_SHOWN_LENGTH]!r} to sign with.",
            'Add it to `formVariables`, with `"type": "string"` and `"isSecret": true`.',
            f"{pointer}/hmacSecretFormVariableKey",
        )
    elif variable.get("type") != "string" or variable.get("isSecret") is not True:
        yield Flaw(
            f"The form variable {name[:_SHOWN_LENGTH]!r}, which is to sign with, is no secret text.",
            'Give it `"type": "string"` and `"isSecret": true`.',
            f"{pointer}/hmacSecretFormVariableKey",
        )


def _find_dynamic_host(subject: Subject) -> Iterator[Flaw]:
    hook = object_at(subject.manifest, *_HOOK) or {}
    url = text_at(subject.manifest, *_PLACE, "url")
    if url is None or hook.get("includeErrorResponseBody") is not True:
        return
    pointer = format_pointer(*_PLACE, "url")
    variables = [variable for _, variable in objects_in(subject.manifest, "formVariables")]
    has_variables = isinstance(subject.manifest.get("formVariables"), list)
    if url.startswith("{{"):
        name = url[2:].partition("}")[0]
        named = [variable for variable in variables if variable.get("key") == name]
        if not has_variables or any(variable.get("type") != "enum" for variable in named):
            yield Flaw(
                f"The address begins with {name[:_SHOWN_LENGTH]!r}, which may be anything.",
                "Make that an `enum` of known addresses, or take `includeErrorResponseBody` away.",
                pointer,
            )
    host = _host_of(url)
    if "{{" in host and (not has_variables or (variables and _NAME_IN_BRACES.search(host))):
        yield Flaw(
            f"The host {host[:_SHOWN_LENGTH]!r} depends on what a form variable holds.",
            "Write the host out, or take `includeErrorResponseBody` away.",
            pointer,
        )


def _host_of(url: str) -> str:
    """Return the host in an address, with a port; empty where there is none."""
    match = _HOST.match(url)
    return match[1].rpartition("@")[2] if match else ""


_URL: Final = "https://api.acme.example/events"
_TEMPLATE: Final = {"templates/flag.json.hbs": '{"text": "{{title.plainText}}"}\n'}
_VARIABLE: Final = {"key": "region", "name": "Region", "type": "string", "description": "Where."}
_CHOICE: Final = {**_VARIABLE, "type": "enum", "allowedValues": ["https://eu.acme.example"]}
_SECRET: Final = {**_VARIABLE, "key": "secret", "isSecret": True}
_SIGNATURE: Final = {"headerName": "X-Signature", "hmacSecretFormVariableKey": "secret"}


def _example(
    endpoint: Json, variables: list[Any] | None = None, *, shows_errors: bool = False
) -> Example:
    """Return an integration that sends what happens to an endpoint."""
    hook = {
        "templates": {"flag": "templates/flag.json.hbs"},
        "endpoint": {"url": _URL, "method": "POST", "headers": [], **endpoint},
        "includeErrorResponseBody": shows_errors,
    }
    return Example(
        {"formVariables": variables, "capabilities": {"auditLogEventsHook": hook}}, _TEMPLATE
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="endpoint/no-headers",
        severity=Severity.ERROR,
        title="The endpoint of `auditLogEventsHook` has headers.",
        explanation="An endpoint for audit log events says which headers its requests have, if only by an "
        "empty array; the framework's tests go through them. Endpoints of other capabilities need none.",
        failing=_example({"headers": None}),
        passing=_example({"headers": [{"name": "Content-Type", "value": "application/json"}]}),
        check=_find_no_headers,
    ),
    Rule(
        id="endpoint/failing-template",
        severity=Severity.ERROR,
        title="The address and the headers of `auditLogEventsHook` render.",
        explanation="The endpoint's `url` and the values of its `headers` are "
        "[Handlebars](https://handlebarsjs.com/guide/) templates in strict mode. In them, form variables "
        "are named by their keys alone (`{{region}}`), the entry of the audit log is `context` "
        "(`{{context.kind}}`), and with `requiresOAuth` there are `oauth.baseURI` and "
        "`oauth.accessToken`. Form variables of type `string`, `boolean`, `uri`, `enum`, `dynamicEnum` and "
        "`generated` can be named.",
        failing=_example({"url": f"{_URL}?region={{{{regoin}}}}"}, [_VARIABLE]),
        passing=_example({"url": f"{_URL}?region={{{{region}}}}"}, [_VARIABLE]),
        check=_find_failing,
    ),
    Rule(
        id="endpoint/hmac-secret",
        severity=Severity.ERROR,
        title="A signature is made with a secret form variable.",
        explanation="`hmacSignature.hmacSecretFormVariableKey` is the key of a variable in `formVariables` "
        'that has `"type": "string"` and `"isSecret": true`: whoever knows the secret can sign.',
        failing=_example({"hmacSignature": _SIGNATURE}, [_VARIABLE]),
        passing=_example({"hmacSignature": _SIGNATURE}, [_SECRET]),
        check=_find_no_secret,
    ),
    Rule(
        id="endpoint/dynamic-host",
        severity=Severity.ERROR,
        title="Bodies of failed requests are shown only where the host is known.",
        explanation="With `includeErrorResponseBody`, what an endpoint answers to a failed request is "
        "shown to the user. If the user chose the host, it could be any page of an internal network. So "
        "the host is written out, or the whole address is chosen from an `enum`.",
        failing=_example(
            {"url": "https://{{region}}.acme.example"}, [_VARIABLE], shows_errors=True
        ),
        passing=_example({"url": "{{region}}/events"}, [_CHOICE], shows_errors=True),
        check=_find_dynamic_host,
    ),
)
