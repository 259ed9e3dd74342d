"""Parameters that several routes take, described for the published OpenAPI document."""

from typing import Annotated

from fastapi import Path, Query

from muster.core.clock import LATEST_MILLIS
from muster.core.paging import MAX_OFFSET

DryRun = Annotated[
    bool, Query(description="Whether to change nothing, and answer with what would be.")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many items a page has at most.")]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="How many items to pass over.")]
Sort = Annotated[
    str | None,
    Query(
        description="Fields to sort by, with commas between them; `-` before one turns it round."
    ),
]
Expand = Annotated[
    str | None,
    Query(
        description="What to show besides, with commas between: `access` for what the token may do.",
        examples=["access"],
    ),
]
Expiry = Annotated[
    int | None,
    Query(
        ge=0,
        le=LATEST_MILLIS,
        description="How long the one of before is good, in milliseconds since 1970; without it, "
        "that stops working at once.",
    ),
]
ProjectKey = Annotated[str, Path(description="The project's key.", examples=["default"])]
EnvironmentKey = Annotated[str, Path(description="The environment's key.", examples=["production"])]
SegmentKey = Annotated[str, Path(description="The segment's key.", examples=["amplitude-vip"])]
ContextKey = Annotated[str, Path(description="The context's key.", examples=["ada"])]
FlagKey = Annotated[str, Path(description="The flag's key.", examples=["checkout"])]
