"""Members of big segments as CSV files: imports and exports."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers, file_answers
from muster.api.documents.document import schema_of
from muster.api.documents.segment_transfers import CSV_EXAMPLE, SegmentImportForm
from muster.api.documents.segment_transfers import SegmentExport as ExportDocument
from muster.api.documents.segment_transfers import SegmentImport as ImportDocument
from muster.api.parameters import EnvironmentKey, ProjectKey, SegmentKey
from muster.api.representations import Json, link
from muster.api.segment_representations import segment_path
from muster.api.segment_services import SegmentServices
from muster.core.clock import to_millis
from muster.core.errors import (
    InvalidRequestError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)
from muster.core.json_values import show, unexpected
from muster.segments.model import Segment
from muster.segments.transfers import ImportMode, SegmentExport, SegmentImport

_SEGMENT: Final = "/api/v2/segments/{projectKey:key}/{environmentKey:key}/{segmentKey:key}"
_UNITS: Final = ("B", "kB", "MB", "GB")
_ImportId = Annotated[
    str, Path(description="The import's id.", examples=["2f9b1f0e-6f2a-4b39-8d0b-7d2a1a3f6c10"])
]
_ExportId = Annotated[
    str, Path(description="The export's id.", examples=["7c0a8a86-4ab5-4a14-9c7e-0d4d4c1a2b33"])
]
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": schema_of(SegmentImportForm)}},
    }
}


def create_router(
    principal: PrincipalDependency, services: SegmentServices, max_import_bytes: int
) -> APIRouter:
    """Return the router.

    Args:
        max_import_bytes: how large the body of an import may be.
    """
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.post(
        _SEGMENT + "/imports",
        summary="Import members from CSV",
        openapi_extra=_FORM,
        **answers(None, 400, 403, 404, 409, 413, 415, location="Where to follow the import."),
    )
    async def create_big_segment_import(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        request: Request,
        caller: Caller,
    ) -> Response:
        """Begin to put the contexts of a CSV file into a big segment.

        One import at a time runs in an environment: a second one answers 409.
        """
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        services.imports.check_may_import(caller, place, segment)
        form = await _read_form(request, max_import_bytes)
        try:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InvalidRequestError(
                    "The form has no file: send the CSV as its part 'file'.", pointer="/file"
                )
            made = await services.imports.create_import(
                caller,
                place,
                segment,
                file.file,
                mode=_read_mode(form),
                file_name=(file.filename or "file")[:256],
                waits=_read_waits(form),
            )
        finally:
            await form.close()
        return Response(status_code=204, headers={"Location": _import_path(made, place, segment)})

    @router.get(
        _SEGMENT + "/imports/{importID:key}",
        summary="Tell how far an import is",
        **answers(ImportDocument, 400, 404),
    )
    async def get_big_segment_import(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        importID: _ImportId,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Return an import: how far it is, and what was wrong with it."""
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        return _show_import(await services.imports.find_import(segment, importID), place, segment)

    @router.post(
        _SEGMENT + "/exports",
        summary="Export members to CSV",
        response_class=Response,
        **answers(
            None,
            400,
            403,
            404,
            status=200,
            description="It has begun; there is no body.",
            location="Where to follow the export.",
        ),
    )
    async def create_big_segment_export(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        caller: Caller,
    ) -> Response:
        """Begin to write the keys of a big segment's members to a CSV file, which is kept for a day."""
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        made = await services.exports.create_export(caller, place, segment)
        return Response(headers={"Location": _export_path(made, place, segment)})

    @router.get(
        _SEGMENT + "/exports/{exportID:key}",
        summary="Tell how far an export is",
        **answers(ExportDocument, 400, 403, 404),
    )
    async def get_big_segment_export(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        exportID: _ExportId,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Return an export: how far it is, and where its file is."""
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        found = await services.exports.find_export(caller, place, segment, exportID)
        return _show_export(found, place, segment)

    @router.get(
        _SEGMENT + "/exports/{exportID:key}/file",
        summary="Fetch an export's CSV file",
        response_class=Response,
        **file_answers("text/csv", CSV_EXAMPLE, 400, 403, 404),
    )
    async def get_big_segment_export_file(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        exportID: _ExportId,  # noqa: N803
        caller: Caller,
    ) -> StreamingResponse:
        """Return the file of an export that is complete: the keys, one a line."""
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        found = await services.exports.find_export(caller, place, segment, exportID)
        return StreamingResponse(
            services.exports.read_file(found),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Length": str(found.size_bytes),
                "Content-Disposition": f'attachment; filename="{segment.key}.csv"',
            },
        )

    return router


async def _read_form(request: Request, max_bytes: int) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise UnsupportedMediaTypeError(
            "An import is a form: send multipart/form-data with the parts 'file' and 'mode'."
        )
    parser = MultiPartParser(
        request.headers, _limited(request.stream(), max_bytes), max_files=1, max_fields=10
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError) as error:
        reason = str(error).rstrip(".")
        raise InvalidRequestError(f"The form can't be read: {reason}.") from error


async def _limited(stream: AsyncIterator[bytes], max_bytes: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in stream:
        size += len(part)
        if size > max_bytes:
            raise PayloadTooLargeError(
                f"The import has more than {max_bytes:,} bytes. Send it in several files, or have the limit "
                "raised (MUSTER_MAX_IMPORT_BYTES)."
            )
        yield part


def _read_mode(form: FormData) -> ImportMode:
    mode = form.get("mode") or ImportMode.MERGE.value
    if mode not in tuple(ImportMode):
        raise unexpected(_shown_part(mode), "merge or replace", "/mode")
    return ImportMode(str(mode))


def _read_waits(form: FormData) -> bool:
    said = form.get("waitOnApprovals") or "false"
    word = str(said).lower()  # LaunchDarkly's client for Python writes True
    if word not in ("true", "false"):
        raise unexpected(_shown_part(said), "true or false", "/waitOnApprovals")
    return word == "true"


def _shown_part(part: UploadFile | str) -> str:
    return show(part) if isinstance(part, str) else "a file"


def _import_path(one: SegmentImport, place: Environment, segment: Segment) -> str:
    return f"{segment_path(place, segment.key)}/imports/{one.id}"


def _export_path(one: SegmentExport, place: Environment, segment: Segment) -> str:
    return f"{segment_path(place, segment.key)}/exports/{one.id}"


def _show_import(one: SegmentImport, place: Environment, segment: Segment) -> Json:
    progress = one.progress
    return {
        "id": one.id,
        "segmentKey": segment.key,
        "creationTime": to_millis(one.created_at),
        "mode": one.mode.value,
        "status": one.status.value,
        "files": [{"filename": one.file_name, "status": one.status.value}],
        "_links": {
            "self": link(_import_path(one, place, segment)),
            "parent": link(segment_path(place, segment.key)),
        },
        "_progress": {
            "sizeBytes": one.size_bytes,
            "bytesRead": progress.bytes_read,
            "rowCount": progress.row_count,
            "added": progress.added,
            "removed": progress.removed,
            "unchanged": progress.unchanged,
        },
        "_report": {
            "badRowCount": progress.bad_row_count,
            "badRows": [{"line": row.line, "reason": row.reason} for row in progress.bad_rows],
            **({"failure": progress.failure} if progress.failure else {}),
        },
    }


def _show_export(one: SegmentExport, place: Environment, segment: Segment) -> Json:
    own = _export_path(one, place, segment)
    return {
        "id": one.id,
        "segmentKey": segment.key,
        "creationTime": to_millis(one.created_at),
        "status": one.status.value,
        "sizeBytes": one.size_bytes,
        "size": _readable_size(one.size_bytes),
        "initiator": {"name": one.actor.token_name or "", "email": ""},
        "memberCount": one.member_count,
        "_links": {
            "self": link(own),
            "parent": link(segment_path(place, segment.key)),
            "file": link(f"{own}/file", "text/csv"),
        },
    }


def _readable_size(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"
