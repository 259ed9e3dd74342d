"""From the name that a user gives to an integration that is ready to read payloads."""

from typing import Annotated

import typer

from muster.cli.options import runtime_of
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.json_text import JsonSyntaxError, JsonText
from muster.manifests.check import read_manifest
from muster.manifests.findings import InvalidManifestError
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder, UnreadableFile
from muster.manifests.keys import parse_integration_key
from muster.payloads.parser import RequestParser
from muster.sync.catalog import Integration, compile_integration

IntegrationName = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="Key of an integration in the nearest folder `integrations`, else of a bundled one; or "
        "the path of its folder.",
        show_default=False,
    ),
]


def load_folder(context: typer.Context, name: str) -> IntegrationFolder:
    """Return the folder of an integration, by its key or path.

    Raises:
        NotFoundError: there is none.
    """
    return runtime_of(context).find_integration_folder(name)


def load_integration(context: typer.Context, name: str) -> Integration:
    """Return an integration, compiled.

    Raises:
        NotFoundError: there is none of that name.
        InvalidRequestError: its manifest can't be used; the message says where and why.
    """
    return compile_folder(load_folder(context, name))


def compile_folder(folder: IntegrationFolder) -> Integration:
    """Return the integration that a folder holds.

    Raises:
        NotFoundError: it holds no manifest.
        InvalidRequestError: the manifest can't be used.
    """
    place = f"{folder.place}/{MANIFEST_NAME}"
    content = folder.files.get(MANIFEST_NAME)
    if content is None:
        raise NotFoundError(f"{place}: there is no such file.")
    if isinstance(content, UnreadableFile):
        raise InvalidRequestError(f"{place}: {content.message} {content.hint}".rstrip())
    try:
        text = JsonText.decode(content)
    except JsonSyntaxError as error:
        raise InvalidRequestError(f"{place}:{error.line}: {error.message}") from error
    key = parse_integration_key(folder.name)
    try:
        return compile_integration(key, read_manifest(text.document), folder.place)
    except InvalidManifestError as error:
        position = text.locate(error.pointer or "")
        raise InvalidRequestError(
            f"{place}:{position.line}:{position.column}: {error.message} "
            f"`muster integration validate {folder.name}` lists all that is wrong."
        ) from error


def parser_of(integration: Integration) -> RequestParser:
    """Return what reads an integration's payloads.

    Raises:
        InvalidRequestError: it has no synced segments.
    """
    if integration.parser is None:
        raise InvalidRequestError(
            f"The integration {integration.key} has no synced segments: its manifest declares no "
            "syncedSegment capability."
        )
    return integration.parser
