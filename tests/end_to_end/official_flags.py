"""Flags as LaunchDarkly's own Python client makes and evaluates them."""

from itertools import count
from typing import Any

from launchdarkly_api.api.contexts_api import ContextsApi
from launchdarkly_api.api.feature_flags_api import FeatureFlagsApi
from launchdarkly_api.models.feature_flag import FeatureFlag
from launchdarkly_api.models.feature_flag_body import FeatureFlagBody

PLACE = ("default", "production")
_numbers = count(1)


def new_flag(flags: FeatureFlagsApi, project: str = "default", **fields: Any) -> FeatureFlag:
    """Make a flag with a key of its own."""
    key = f"f{next(_numbers)}"
    wanted = FeatureFlagBody.from_dict({"key": key, "name": key.upper(), **fields})
    assert wanted is not None
    return flags.post_feature_flag(project, wanted)


def evaluated(contexts: ContextsApi, flag: str, **context: Any) -> tuple[Any, Any]:
    """Return what a flag serves a user, and the reason."""
    found = contexts.evaluate_context_instance(
        *PLACE, {"kind": "user", **context}, filter=f'query equals "{flag}"'
    )
    one = next(item for item in found.items if item.key == flag)
    return one.value, one.reason and one.reason.kind
