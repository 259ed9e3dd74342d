"""Segments as LaunchDarkly's own Python client makes and changes them."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from launchdarkly_api.api.segments_api import SegmentsApi
from launchdarkly_api.models.patch_with_comment import PatchWithComment
from launchdarkly_api.models.segment_body import SegmentBody
from launchdarkly_api.models.segment_user_state import SegmentUserState
from launchdarkly_api.models.user_segment import UserSegment

from tests.end_to_end.official_client import SEMANTIC, Instructions

PLACE = ("default", "test")
numbers = count(1)


def new_segment(segments: SegmentsApi, **fields: Any) -> UserSegment:
    """Make a segment with a key of its own."""
    key = f"s{next(numbers)}"
    wanted = SegmentBody.from_dict({"key": key, "name": key.upper(), **fields})
    assert wanted is not None
    return segments.post_segment(*PLACE, wanted)


def patch(
    segments: SegmentsApi, key: str, *operations: dict[str, Any], **options: Any
) -> UserSegment:
    """Change a segment by a JSON Patch, as users of the client do."""
    wanted = PatchWithComment.from_dict({"patch": list(operations), "comment": "a test"})
    assert wanted is not None
    return segments.patch_segment(*PLACE, key, wanted, **options)


def replace(path: str, value: Any) -> dict[str, Any]:
    """Return the operation that replaces a value."""
    return {"op": "replace", "path": path, "value": value}


def follow(segments: SegmentsApi, key: str, *instructions: dict[str, Any]) -> UserSegment:
    """Change a segment by a semantic patch."""
    body = {"instructions": list(instructions), "comment": "a test"}
    wanted = Instructions(patch=[], body=body)
    return segments.patch_segment(*PLACE, key, wanted, _content_type=SEMANTIC)


def state(**lists: dict[str, list[str]]) -> SegmentUserState:
    """Return changes of a big segment's members."""
    wanted = SegmentUserState.from_dict(lists)
    assert wanted is not None
    return wanted


def eventually(read: Callable[[], Any], wanted: Any) -> None:
    """Wait until something reads as it is to."""
    deadline = time.monotonic() + 30
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} is not {wanted!r}"
        time.sleep(0.05)


def is_member(segments: SegmentsApi, key: str, context_key: str) -> bool:
    """Tell whether a segment includes a context."""
    return bool(segments.get_segment_membership_for_context(*PLACE, key, context_key).included)


CLAUSE = {"attribute": "email", "op": "endsWith", "values": ["@example.com"], "negate": False}
