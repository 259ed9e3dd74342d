"""What flags serve a context, by LaunchDarkly's own evaluator: Muster adds no meaning of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from muster.accounts.model import Environment
from muster.core.pointers import Json
from muster.flags.model import Flag
from muster.flags.sdk_shape import to_sdk_json
from muster.flags.store import FlagStore
from muster.segments.evaluation import SegmentLookup, read_context
from muster.segments.store import MembershipReader, SegmentStore


class FlagVerdict(NamedTuple):
    """What a flag serves a context, and why.

    Attributes:
        value: that of the variation; None where none is served.
        reason: as SDKs give it: `{"kind": "RULE_MATCH", "ruleIndex": 0, "ruleId": "..."}`.
    """

    flag: Flag
    value: Json
    reason: Mapping[str, Json]


class FlagEvaluator:
    """Evaluates all flags in an environment. Its methods may block: call them from a worker thread."""

    def __init__(
        self, flags: FlagStore, segments: SegmentStore, memberships: MembershipReader
    ) -> None:
        self._flags = flags
        self._segments = segments
        self._memberships = memberships

    def evaluate(self, environment: Environment, context: Json) -> Sequence[FlagVerdict]:
        """Tell what each flag that is not archived serves a context, by key.

        Nothing is recorded of it.

        Args:
            context: `{"kind": "user", "key": "u1", ...}`, or one of several kinds: `{"kind": "multi",
                "user": {"key": ...}, ...}`.

        Raises:
            InvalidRequestError: it is no context.
        """
        from ldclient.impl.evaluator import Evaluator  # noqa: PLC0415 - it takes long to load
        from ldclient.impl.events.types import EventFactory  # noqa: PLC0415
        from ldclient.impl.model import FeatureFlag  # noqa: PLC0415

        read = read_context(context)
        flags = [
            one for one in self._flags.read_flags(environment.project_id) if one.archived_at is None
        ]
        known: dict[str, FeatureFlag] = {
            one.key: FeatureFlag(to_sdk_json(one, environment)) for one in flags
        }

        def find_flag(key: str) -> FeatureFlag | None:
            return known.get(key)

        lookup = SegmentLookup(self._segments.read_segments(environment.id), self._memberships)
        evaluator = Evaluator(find_flag, lookup.find_segment, lookup.find_memberships)
        events = EventFactory(False)
        return [_verdict(one, evaluator.evaluate(known[one.key], read, events)) for one in flags]


def _verdict(flag: Flag, result: Any) -> FlagVerdict:
    return FlagVerdict(flag, result.detail.value, result.detail.reason)
