"""`muster integration docs`: the page that tells a partner's users how to set the integration up."""

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from muster.cli.integration.loading import IntegrationName, compile_folder, load_folder, parser_of
from muster.cli.options import DEFAULT_ENVIRONMENT, DEFAULT_PROJECT, AsJson
from muster.cli.output import print_json, print_line, print_note
from muster.core.errors import ConflictError, InvalidRequestError
from muster.core.pointers import Json
from muster.manifests.folder import IntegrationFolder, UnreadableFile
from muster.manifests.scaffold.files import SAMPLE_NAME
from muster.manifests.user_guide import write_user_guide
from muster.manifests.user_guide_destination import EXAMPLE_URL, Destination
from muster.payloads.json import decode_body
from muster.payloads.parser import RequestParser
from muster.storage.files.archive import write_file

_LONGEST_SAMPLE_BYTES: Final = 8192
"""A page shows no larger body than this."""
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="File to write, such as README.md.  [default: standard output]",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace the file that is there.")]
Url = Annotated[
    str, typer.Option("--url", metavar="URL", help="Address of the Muster that readers send to.")
]
ProjectKey = Annotated[
    str, typer.Option("--project", metavar="KEY", help="Key of the project in the token's policy.")
]
EnvironmentKey = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        metavar="KEY",
        help="Key of the environment in the token's policy.",
    ),
]


def docs(
    context: typer.Context,
    name: IntegrationName,
    *,
    output: Output = None,
    force: Force = False,
    url: Url = EXAMPLE_URL,
    project: ProjectKey = DEFAULT_PROJECT,
    environment: EnvironmentKey = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
) -> None:
    """Write a page for the integration's users, in Markdown.

    It says what the integration does, how to make the narrowest access token, what to enter, how to try
    it, and what to do about each status code. The request that it shows is sample-payload.json of the
    integration's folder, or one made from the manifest.
    """
    _check_url(url)
    _check_key(project, "--project")
    _check_key(environment, "--environment")
    folder = load_folder(context, name)
    integration = compile_folder(folder)
    to = Destination(integration.key, url.rstrip("/"), project, environment)
    markdown = write_user_guide(
        integration.key,
        integration.manifest,
        _find_sample(folder, parser_of(integration)),
        url=to.url,
        project=to.project,
        environment=to.environment,
    )
    if output is not None:
        _write(output, markdown, replace=force)
    if as_json:
        document = {"key": to.key, "markdown": markdown, "policy": to.policy}
        path = None if output is None else str(output)
        print_json({**document, "endpoint": to.endpoint, "path": path})
    elif output is not None:
        print_note(f"Wrote {output}.")
    else:
        for line in markdown.split("\n")[:-1]:
            print_line(line)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise typer.BadParameter(
            f"{url!r} is no address of a Muster. Write it like {EXAMPLE_URL}.", param_hint="--url"
        )


def _check_key(key: str, option: str) -> None:
    if not _KEY.fullmatch(key):
        raise typer.BadParameter(
            f"{key!r} is no key: one has letters, digits, '.', '_' and '-', and begins with a letter or "
            "a digit.",
            param_hint=option,
        )


def _find_sample(folder: IntegrationFolder, parser: RequestParser) -> Json | None:
    """Return the sample that lies in the folder; None where there is none that can be shown."""
    content = folder.files.get(SAMPLE_NAME)
    if content is None:
        return None
    try:
        return _read_sample(content, parser)
    except InvalidRequestError as error:
        print_note(f"{SAMPLE_NAME} is not shown: {error.message}")
        return None


def _read_sample(content: bytes | UnreadableFile, parser: RequestParser) -> Json:
    """Return a body that the parser reads.

    Raises:
        InvalidRequestError: it does not, or the body is too large to be shown.
    """
    if isinstance(content, UnreadableFile):
        raise InvalidRequestError(content.message)
    if len(content) > _LONGEST_SAMPLE_BYTES:
        raise InvalidRequestError(f"It is larger than {_LONGEST_SAMPLE_BYTES:,} bytes.")
    body = decode_body(content)
    parser.parse(body)
    return body


def _write(path: Path, markdown: str, *, replace: bool) -> None:
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder. Name a file.", param_hint="--output")
    try:
        write_file(path, markdown.encode(), replace=replace)
    except ConflictError as error:
        raise ConflictError(f"{error.message} --force replaces it.") from error
