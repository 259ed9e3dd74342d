"""The page that tells a partner's users how to set an integration up, written from its manifest."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json
from muster.manifests.markdown import code, code_block, escape, json_block, table, web_link
from muster.manifests.model import Manifest
from muster.manifests.user_guide_answers import Answers
from muster.manifests.user_guide_destination import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PROJECT,
    EXAMPLE_URL,
    Destination,
)
from muster.manifests.user_guide_reading import behaviour, example_body, headline, place
from muster.payloads.parser import RequestParser
from muster.payloads.response import ResponseTemplate


def write_user_guide(
    key: str,
    manifest: Manifest,
    sample: Json | None = None,
    *,
    url: str = EXAMPLE_URL,
    project: str = DEFAULT_PROJECT,
    environment: str = DEFAULT_ENVIRONMENT,
) -> str:
    """Return the page for an integration's users, in Markdown.

    Args:
        key: the integration key, in lower case.
        manifest: one with synced segments. Its texts are escaped, whatever they hold.
        sample: a body that the manifest reads, to be shown; None for one that the builder makes.
        url: address of the Muster to send to, without a slash at the end.
        project: key of the project that the access token is for.
        environment: key of the environment that it is for.

    Raises:
        InvalidRequestError: the manifest has no synced segments.
        ParserSpecError: its request parser does not compile.
        ResponseTemplateError: its `jsonResponseBody` does not compile.
        InvalidPayloadError: the manifest does not read the sample.
        BuildError: no sample was given, and this manifest can't say that members enter a cohort.
    """
    capability = manifest.synced_segment
    if capability is None:
        raise InvalidRequestError(
            f"The integration {key} has no synced segments, so there is nothing to set up: its manifest "
            "declares no syncedSegment capability."
        )
    parser = RequestParser.compile(capability.request_parser)
    declared = capability.json_response_body
    template = None if declared is None else ResponseTemplate.compile(declared)
    to = Destination(key, url.rstrip("/"), project, environment)
    body = example_body(parser) if sample is None else sample
    guide = _Guide(manifest, parser, body, to, Answers(to, parser, template))
    return "\n\n".join(guide.blocks()) + "\n"


@dataclass(frozen=True, slots=True)
class _Guide:
    """What is told on the page."""

    manifest: Manifest
    parser: RequestParser
    sample: Json
    to: Destination
    answers: Answers

    def blocks(self) -> Iterator[str]:
        """Yield the page, block by block."""
        yield f"# {escape(self.manifest.name)}"
        yield escape(self.manifest.description)
        yield "## What it does"
        yield "\n".join(f"- {sentence}" for sentence in behaviour(self.to.key, self.parser.spec))
        yield "## Make an access token"
        yield from self._token()
        yield "## What to enter"
        yield from self._fields()
        yield "## A request"
        yield from self._request()
        yield from self.answers.when_applied(self.sample)
        yield "## When something goes wrong"
        yield from self.answers.when_refused()
        yield "## Help"
        yield from self._help()

    def _token(self) -> Iterator[str]:
        to = self.to
        place = ("--project", to.project, "--environment", to.environment)
        yield (
            "Make a service token that may do nothing but this. Its policy, with your own project and "
            "environment in `resources`:"
        )
        yield json_block(to.policy, indent=None)
        yield "Where Muster runs, this makes a token that has just that policy:"
        yield code_block(
            f"muster {shlex.join(('token', 'create', '--integration', to.key, *place))}", "sh"
        )
        yield (
            "The token is shown once: keep it as you keep a password. It can neither read members nor "
            "touch other segments."
        )

    def _fields(self) -> Iterator[str]:
        spec = self.parser.spec
        note = ", with the address of your Muster" if self.to.url == EXAMPLE_URL else ""
        token = "the token from above, as the whole value of the `Authorization` header, without `Bearer`"
        client_side_id = "the client-side ID of the environment: 24 hexadecimal digits"
        rows = [
            ("Address", f"{code(self.to.endpoint)}{note}"),
            ("Access token", token),
            (place(spec.environment_id), client_side_id),
        ]
        if spec.context_kind is not None:
            kind = "the kind of the members' contexts; `user` where it is left out"
            rows.append((place(spec.context_kind), kind))
        yield table(("Field", "Value"), rows)
        shown = [one for one in self.manifest.form_variables if one.get("isHidden") is not True]
        if shown:
            yield "The integration's own settings:"
            yield table(("Setting", "What it is"), map(_setting, shown))

    def _request(self) -> Iterator[str]:
        yield headline(self.parser, self.sample)
        yield json_block(self.sample)
        yield (
            f"To try it, save that as `body.json`, put your own client-side ID into it at "
            f"{place(self.parser.spec.environment_id)}, the token into the variable `MUSTER_TOKEN`, and "
            "run:"
        )
        yield code_block(
            f"curl --fail-with-body {shlex.quote(self.to.endpoint)} \\\n"
            '  -H "Authorization: $MUSTER_TOKEN" -H "Content-Type: application/json" --data @body.json',
            "sh",
        )

    def _help(self) -> Iterator[str]:
        manifest = self.manifest
        yield (
            f"This integration is made by {escape(manifest.author)}. Write to "
            f"{code(manifest.support_email)}."
        )
        links = (
            ("About", manifest.links.get("site")),
            ("Help", manifest.links.get("supportWebsite")),
            ("Privacy policy", manifest.links.get("privacyPolicy")),
        )
        yield "\n".join(f"- {title}: {web_link(address)}" for title, address in links if address)


def _setting(variable: Mapping[str, Json]) -> tuple[str, str]:
    """Return the row of a form variable."""
    parts = [escape(variable["description"])]
    allowed = variable.get("allowedValues")
    if allowed:
        parts.append(f"One of {', '.join(map(code, allowed))}.")
    options = variable.get("multiselectOptions")
    if options:
        parts.append(f"Any of {', '.join(escape(option['label']) for option in options)}.")
    if variable.get("isOptional") is True:
        parts.append(_optional(variable.get("defaultValue")))
    if variable.get("isSecret") is True:
        parts.append("It is a secret.")
    return escape(variable["name"]), " ".join(part for part in parts if part)


def _optional(default: Json) -> str:
    if default in (None, ""):
        return "It may be left out."
    return f"Without it: {code(default if isinstance(default, str) else json.dumps(default))}."
