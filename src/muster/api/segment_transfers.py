"""Members of big segments as CSV files: imports and exports."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api.authentication import PrincipalDependency
from muster.api.representations import Json, link
from muster.api.segment_representations import segment_path
from muster.api.segment_services import SegmentServices
from muster.core.clock import to_millis
from muster.core.errors import (
    InvalidRequestError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)
from muster.segments.model import Segment
from muster.segments.transfers import ImportMode, SegmentExport, SegmentImport

_SEGMENT: Final = "/api/v2/segments/{projectKey:key}/{environmentKey:key}/{segmentKey:key}"
_UNITS: Final = ("B", "kB", "MB", "GB")


def create_router(
    principal: PrincipalDependency, services: SegmentServices, max_import_bytes: int
) -> APIRouter:
    """Return the router.

    Args:
        max_import_bytes: how large the body of an import may be.
    """
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.post(_SEGMENT + "/imports", summary="Import members from CSV", status_code=204)
    async def create_big_segment_import(
        projectKey: str,  # noqa: N803 - the API's names
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        request: Request,
        caller: Caller,
    ) -> Response:
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
                waits=str(form.get("waitOnApprovals", "")).lower() == "true",
            )
        finally:
            await form.close()
        return Response(status_code=204, headers={"Location": _import_path(made, place, segment)})

    @router.get(_SEGMENT + "/imports/{importID:key}", summary="Tell how far an import is")
    async def get_big_segment_import(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        importID: str,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        return _show_import(await services.imports.find_import(segment, importID), place, segment)

    @router.post(_SEGMENT + "/exports", summary="Export members to CSV")
    async def create_big_segment_export(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        caller: Caller,
    ) -> Response:
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        made = await services.exports.create_export(caller, place, segment)
        return Response(headers={"Location": _export_path(made, place, segment)})

    @router.get(_SEGMENT + "/exports/{exportID:key}", summary="Tell how far an export is")
    async def get_big_segment_export(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        exportID: str,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        place, segment = await services.get_segment(caller, projectKey, environmentKey, segmentKey)
        found = await services.exports.find_export(caller, place, segment, exportID)
        return _show_export(found, place, segment)

    @router.get(
        _SEGMENT + "/exports/{exportID:key}/file",
        summary="Fetch an export's CSV file",
        response_class=Response,
    )
    async def get_big_segment_export_file(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        exportID: str,  # noqa: N803
        caller: Caller,
    ) -> StreamingResponse:
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
        raise InvalidRequestError(f"The form can't be read: {error}.") from error


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
        raise InvalidRequestError("The mode is merge or replace.", pointer="/mode")
    return ImportMode(str(mode))


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
