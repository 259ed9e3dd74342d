"""Imports and exports of members as CSV files."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.document import Millis, document
from muster.api.documents.links import Links
from muster.api.documents.segments import PATH
from muster.segments.targets import A_CONTEXT_KEY

_SEGMENT: Final = f"{PATH}/beta-testers"
_IMPORT: Final = "2f9b1f0e-6f2a-4b39-8d0b-7d2a1a3f6c10"
_EXPORT: Final = "7c0a8a86-4ab5-4a14-9c7e-0d4d4c1a2b33"
CSV_EXAMPLE: Final = "ada\nbrian\n"
_Count = Annotated[int, Field(ge=0)]

ImportStatus = Literal["pending_approval", "in_progress", "complete", "stopped"]


def _link(href: str, media_type: str = "application/json") -> dict[str, str]:
    return {"href": href, "type": media_type}


_PROGRESS: Final[dict[str, Any]] = {
    "sizeBytes": 10,
    "bytesRead": 10,
    "rowCount": 2,
    "added": 2,
    "removed": 0,
    "unchanged": 0,
}
_BAD_ROW: Final[dict[str, Any]] = {
    "line": 3,
    "reason": f"found an empty string, expected {A_CONTEXT_KEY}",
}


@document(example={"file": CSV_EXAMPLE, "mode": "merge", "waitOnApprovals": "false"})
class SegmentImportForm(TypedDict):
    """The form that an import is."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"})]
    """CSV in UTF-8 without a header; the first column of a row is a context's key."""
    mode: NotRequired[Literal["merge", "replace"]]
    """Whether those who are in the segment already stay, or leave; `merge` where it is left out."""
    waitOnApprovals: NotRequired[str]
    """`true` for an import that waits until the instruction `processBigSegmentImport` begins it."""


@document(example={"filename": "testers.csv", "status": "complete"})
class ImportedFile(TypedDict):
    """The file of an import."""

    filename: str
    """What the one who sent it calls it."""
    status: ImportStatus
    """The import's."""


@document(example=_PROGRESS)
class ImportProgress(TypedDict):
    """How far an import is."""

    sizeBytes: _Count
    """How large the file is."""
    bytesRead: _Count
    """How much of it has been applied."""
    rowCount: _Count
    """How many rows it has, as far as they are read."""
    added: _Count
    """How many contexts have entered the segment."""
    removed: _Count
    """How many have left it."""
    unchanged: _Count
    """How many were in it already."""


@document(example=_BAD_ROW)
class BadRow(TypedDict):
    """A row that holds no context's key."""

    line: Annotated[int, Field(ge=1)]
    """The line of the file that it begins in."""
    reason: str
    """What is wrong with it."""


@document(example={"badRowCount": 1, "badRows": [_BAD_ROW]})
class ImportReport(TypedDict):
    """Why an import was stopped, where it was."""

    badRowCount: _Count
    """How many rows hold no context's key. One is enough to stop the import."""
    badRows: list[BadRow]
    """The first hundred of them."""
    failure: NotRequired[str]
    """What else stopped it; absent where nothing did."""


@document(
    example={
        "id": _IMPORT,
        "segmentKey": "beta-testers",
        "creationTime": 1764030000000,
        "mode": "merge",
        "status": "complete",
        "files": [{"filename": "testers.csv", "status": "complete"}],
        "_links": {
            "self": _link(f"{_SEGMENT}/imports/{_IMPORT}"),
            "parent": _link(_SEGMENT),
        },
        "_progress": _PROGRESS,
        "_report": {"badRowCount": 0, "badRows": []},
    }
)
class SegmentImport(TypedDict):
    """An import: a CSV file whose keys enter a big segment."""

    id: str
    """Its id."""
    segmentKey: str
    """The segment's key."""
    creationTime: Millis
    """When it was sent, in milliseconds since 1970."""
    mode: Literal["merge", "replace"]
    """Whether those who were in the segment stay, or leave."""
    status: ImportStatus
    """How far it is. One that was `stopped` has changed nothing."""
    files: list[ImportedFile]
    """Its one file."""
    _links: Links
    """`self`, and `parent`: the segment."""
    _progress: ImportProgress
    """How far it is, in numbers."""
    _report: ImportReport
    """What was wrong with it."""


@document(example={"name": "ci", "email": ""})
class Initiator(TypedDict):
    """Who asked for an export."""

    name: str
    """The token's name."""
    email: str
    """Empty."""


@document(
    example={
        "id": _EXPORT,
        "segmentKey": "beta-testers",
        "creationTime": 1764030000000,
        "status": "complete",
        "sizeBytes": 10,
        "size": "10 B",
        "initiator": {"name": "ci", "email": ""},
        "memberCount": 2,
        "_links": {
            "self": _link(f"{_SEGMENT}/exports/{_EXPORT}"),
            "parent": _link(_SEGMENT),
            "file": _link(f"{_SEGMENT}/exports/{_EXPORT}/file", "text/csv"),
        },
    }
)
class SegmentExport(TypedDict):
    """An export: a CSV file of the keys of a big segment's members. It is kept for a day."""

    id: str
    """Its id."""
    segmentKey: str
    """The segment's key."""
    creationTime: Millis
    """When it was asked for, in milliseconds since 1970."""
    status: Literal["in_progress", "complete", "failed"]
    """How far it is."""
    sizeBytes: _Count
    """How large the file is; 0 until it is complete."""
    size: str
    """The same for people."""
    initiator: Initiator
    """Who asked for it."""
    memberCount: _Count
    """How many keys are in the file; 0 until it is complete."""
    _links: Links
    """`self`, `parent`: the segment, and `file`."""
