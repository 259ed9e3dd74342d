"""Keys of synced segments, derived from an integration and a cohort."""

import hashlib
import re
from typing import Final

from muster.core.ids import IntegrationKey, SegmentKey

MAX_SEGMENT_KEY_LENGTH: Final = 128
_HASH_DIGITS: Final = 16
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_ENDS_LIKE_HASH: Final = re.compile(rf"\.h[0-9a-f]{{{_HASH_DIGITS}}}\Z")


def synced_segment_key(integration_key: IntegrationKey, cohort_id: str) -> SegmentKey:
    """Return the key of the segment that holds a cohort: `{integrationKey}-{cohortId}`.

    Characters outside `[A-Za-z0-9._-]` become `-`, and a key over 128 characters is cut. Whenever
    that changed the id, `.h` and 16 digits of the id's SHA-256 are added, so that two cohorts of an
    integration never share a segment. For the same reason they are added to an id that ends just
    so.
    """
    plain = f"{integration_key}-{cohort_id}"
    safe = _UNSAFE.sub("-", plain)
    if safe == plain and len(safe) <= MAX_SEGMENT_KEY_LENGTH and not _ENDS_LIKE_HASH.search(safe):
        return SegmentKey(plain)
    digest = hashlib.sha256(cohort_id.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    room = MAX_SEGMENT_KEY_LENGTH - len(".h") - _HASH_DIGITS
    return SegmentKey(f"{safe[:room]}.h{digest}")
