"""The endpoint of audit log events: what its templates may name, what signs, which hosts are known."""

from typing import Any

import pytest

from muster.manifests.rules.rule import Example
from tests.manifests.rules.findings_of import findings_of, variable

ENDPOINT = "/capabilities/auditLogEventsHook/endpoint"
CHOICE = variable(type="enum", allowedValues=["https://eu.acme.example"])


def with_endpoint(
    url: str = "https://acme.example", variables: Any = None, shows: bool = True, **changes: Any
) -> Example:
    """Return an integration that sends what happens to an endpoint."""
    hook = {
        "templates": {},
        "endpoint": {"url": url, "method": "POST", "headers": [], **changes},
        "includeErrorResponseBody": shows,
    }
    return Example({"formVariables": variables, "capabilities": {"auditLogEventsHook": hook}})


def test_each_header_is_a_template() -> None:
    headers = [{"name": "A", "value": "{{region}}"}, {"name": "B", "value": "Bearer {{kind}}"}]
    [finding] = findings_of("endpoint/", with_endpoint(variables=[variable()], headers=headers))
    assert finding.pointer == f"{ENDPOINT}/headers/1/value"
    assert finding.message == "There is no 'kind'. It fails between 'Bearer {{' and 'kind}}'."
    assert finding.hint == "Write `context.kind`."


def test_oauth_is_there_when_it_is_required() -> None:
    example = with_endpoint("{{oauth.baseURI}}/events", shows=False)
    [finding] = findings_of("endpoint/", example)
    assert finding.message.startswith("'oauth.baseURI' leads nowhere: there is no 'baseURI'.")
    assert finding.hint == "Only with `requiresOAuth` are there values of OAuth."
    required = Example({**example.patch, "requiresOAuth": True})
    assert not findings_of("endpoint/", required)


@pytest.mark.parametrize(
    "variables",
    [
        None,
        [],
        [variable("other", isSecret=True)],
        [variable("secret", type="uri", isSecret=True)],
        [variable("secret")],
        [variable("secret", isSecret=True), variable("secret")],
    ],
)
def test_a_signature_needs_a_secret(variables: Any) -> None:
    signature = {"hmacSecretFormVariableKey": "secret"}
    [finding] = findings_of(
        "endpoint/", with_endpoint(variables=variables, hmacSignature=signature)
    )
    assert finding.rule == "endpoint/hmac-secret"
    assert finding.pointer == f"{ENDPOINT}/hmacSignature/hmacSecretFormVariableKey"


def test_a_signature_names_its_secret() -> None:
    [finding] = findings_of("endpoint/", with_endpoint(hmacSignature={"headerName": "X"}))
    assert finding.pointer == f"{ENDPOINT}/hmacSignature"


@pytest.mark.parametrize(
    "url",
    [
        "{{region}}/events",
        "https://{{region}}.acme.example/events",
        "HTTPS:\\\\{{region}}/events",
        "https://user@{{region}}",
        "//acme.{{region}}",
        "https://acme.example:{{region}}",
        "wss://{{region}}?a=b",
    ],
)
def test_a_host_that_anybody_may_choose_is_found(url: str) -> None:
    [finding] = findings_of("endpoint/", with_endpoint(url, [variable()]))
    assert (finding.rule, finding.pointer) == ("endpoint/dynamic-host", f"{ENDPOINT}/url")
    assert not findings_of("endpoint/", with_endpoint(url, [variable()], shows=False))


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/{{region}}",
        "https://acme.example?host={{region}}",
        "https://{{region}}@acme.example",
        "events/{{region}}",
    ],
)
def test_elsewhere_in_an_address_anything_may_stand(url: str) -> None:
    assert not findings_of("endpoint/", with_endpoint(url, [variable()]))


def test_a_whole_address_may_be_chosen_from_some() -> None:
    assert not findings_of("endpoint/", with_endpoint("{{region}}/events", [CHOICE]))
    assert findings_of("endpoint/", with_endpoint("https://{{region}}/events", [CHOICE]))


def test_only_so_many_headers_are_tried() -> None:
    headers = [{"name": "A", "value": "{{#each context}}" * 30 + "{{/each}}" * 30}] * 5_000
    assert len(findings_of("endpoint/", with_endpoint(headers=headers))) < 5_000
