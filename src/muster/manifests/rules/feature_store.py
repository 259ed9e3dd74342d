"""A rule about `featureStore`: signing with Akamai's EdgeGrid."""

from collections.abc import Iterator
from typing import Any, Final

from muster.core.pointers import MISSING, Json, format_pointer, resolve
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import texts_in
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject

_PLACE: Final = ("capabilities", "featureStore")
_REQUESTS: Final = ("validationRequest", "featureStoreRequest")
_HELPER: Final = "edgeGridAuth"
_HOST: Final = "https://{{hostname}}"
_VALUES: Final = (
    "hostname network namespaceId groupId _featureStoreKey clientSecret clientToken accessToken"
)
"""What the helper takes after the method and the path, by place."""


def _find_wrong_signatures(subject: Subject) -> Iterator[Flaw]:
    if not any(_HELPER in text for _, text in texts_in(subject.manifest, *_PLACE)):
        return
    for request in _REQUESTS:
        place = (*_PLACE, request, "endpoint")
        method = resolve(subject.manifest, (*place, "method"))
        url = resolve(subject.manifest, (*place, "url"))
        if not isinstance(method, str) or not isinstance(url, str):
            hint = "Sign both requests, or neither."
            yield Flaw(f"There is no {request} with an endpoint.", hint, format_pointer(*_PLACE))
            continue
        if method.upper() == "POST":
            yield Flaw(
                f"{_HELPER} can't sign a POST: the signature would have to cover the body.",
                "Use PUT or PATCH.",
                format_pointer(*place, "method"),
            )
        signature = resolve(subject.manifest, (*place, "headers", "0", "value"))
        expected = _signature(method, url)
        if signature != expected:
            is_there = signature is not MISSING
            yield Flaw(
                f"The first header of the {request} does not sign its method and path.",
                f"Write `{expected[:300]}`.",
                format_pointer(*place, *(("headers", "0", "value") if is_there else ())),
            )


def _signature(method: str, url: str) -> str:
    path = url.replace(_HOST, "", 1)
    return f"{{{{{_HELPER} '{method}' '{path}' {_VALUES}}}}}"


def _request(method: str, signed: str) -> Json:
    url = f"{_HOST}/items/{{{{_featureStoreKey}}}}"
    header = {"name": "Authorization", "value": _signature(signed, url)}
    return {"endpoint": {"url": url, "method": method, "headers": [header]}}


def _example(method: str, signed: str) -> Example:
    """Return an integration that keeps flags in a store, with requests that are signed."""
    capability: dict[str, Any] = {
        "formVariables": [],
        "validationRequest": {**_request("GET", "GET"), "parser": {"success": "/ok"}},
        "featureStoreRequest": _request(method, signed),
    }
    return Example({"capabilities": {"featureStore": capability}})


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="feature-store/edge-grid-signature",
        severity=Severity.ERROR,
        title="Where edgeGridAuth signs, it signs the request that is sent.",
        explanation="The helper `edgeGridAuth` makes the header that Akamai's EdgeGrid asks for, from the "
        f"method, the path behind `{_HOST}` and these values: `{_VALUES}`. A signature of another method "
        "or path is refused, and requests with the method POST can't be signed. It stands in the first "
        "header of both `validationRequest` and `featureStoreRequest`.",
        failing=_example("PUT", "GET"),
        passing=_example("PUT", "PUT"),
        check=_find_wrong_signatures,
    ),
)
