"""Which segments a context is in, by LaunchDarkly's own evaluator: Muster adds no meaning of its own."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from muster.core.errors import InvalidRequestError
from muster.core.ids import EnvironmentId
from muster.core.json_values import describe, unexpected
from muster.core.naming import check_context_kind
from muster.core.pointers import MISSING, Json, format_pointer
from muster.segments.model import Membership, Segment
from muster.segments.sdk_shape import to_sdk_json
from muster.segments.store import MembershipReader, SegmentStore
from muster.segments.targets import ContextTargets, check_context_key

if TYPE_CHECKING:  # it takes a quarter of a second to load, and few processes evaluate
    from ldclient import Context

_HEALTHY: Final = "HEALTHY"
_SEVERAL: Final = "multi"
_A_CONTEXT: Final = '{"kind": "user", "key": "..."}'


class SegmentVerdict(NamedTuple):
    """Whether a context is in a segment, and why.

    Attributes:
        is_individually_targeted: a list of the segment names it.
        is_rule_targeted: a rule takes it in.
    """

    segment: Segment
    is_member: bool
    is_individually_targeted: bool
    is_rule_targeted: bool


class SegmentEvaluator:
    """Evaluates all segments of an environment. Its methods may block: call them from a worker thread."""

    def __init__(self, store: SegmentStore, memberships: MembershipReader) -> None:
        self._store = store
        self._memberships = memberships

    def evaluate(self, environment_id: EnvironmentId, context: Json) -> Sequence[SegmentVerdict]:
        """Tell of each segment whether a context is in it, by key.

        Args:
            context: `{"kind": "user", "key": "u1", ...}`, or one of several kinds: `{"kind": "multi",
                "user": {"key": ...}, ...}`.

        Raises:
            InvalidRequestError: it is no context.
        """
        read = read_context(context)
        segments = self._store.read_segments(environment_id)
        evaluation = _Evaluation(segments, self._memberships, read)
        return sorted(map(evaluation.judge, segments), key=lambda one: one.segment.key)


def read_context(value: Json) -> "Context":
    """Return the context that a value spells.

    Raises:
        InvalidRequestError: it is none.
    """
    from ldclient import Context  # noqa: PLC0415 - see above

    if not isinstance(value, dict):
        raise InvalidRequestError(f"Found {describe(value)}, expected a context: {_A_CONTEXT}.")
    if "kind" not in value:
        raise unexpected("nothing", f"the kind of a context: {_A_CONTEXT}", "/kind")
    if value["kind"] == _SEVERAL:
        for kind, part in value.items():
            if kind != "kind":
                _check_part(part, kind, format_pointer(kind))
    else:
        _check_part(value, value["kind"], "")
    try:
        context = Context.from_dict(dict(value))
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidRequestError(f"This is no context: {type(error).__name__}.") from error
    if not context.valid:
        raise InvalidRequestError(f"This is no context: {context.error}.")
    return context


def _check_part(part: Json, kind: Json, at: str) -> None:
    """Check what the SDK tells less of: the kind and the key of a context of one kind."""
    check_context_kind(kind, at or "/kind")
    if not isinstance(part, dict):
        raise unexpected(describe(part), "a context: an object with a key", at)
    check_context_key(part.get("key", MISSING), f"{at}/key")


class SegmentLookup:
    """What LaunchDarkly's evaluator asks of an environment's segments; each is read once."""

    def __init__(self, segments: Sequence[Segment], memberships: MembershipReader) -> None:
        self._memberships = memberships
        self._segments: dict[str, Segment] = {one.key: one for one in segments}
        self._unbounded = [one for one in segments if one.unbounded]
        self._by_key: dict[str, Mapping[str, Membership]] = {}
        self._read: dict[str, Any] = {}

    def find_segment(self, key: str) -> Any:
        """Return a segment as the evaluator knows it; None where there is none with this key."""
        from ldclient.impl.model import Segment as SdkSegment  # noqa: PLC0415

        if key not in self._read:
            known = self._segments.get(key)
            self._read[key] = None if known is None else SdkSegment(to_sdk_json(known))
        return self._read[key]

    def find_memberships(self, context_key: str) -> tuple[dict[str, bool], str]:
        """Return in which unbounded segments a context is listed, by their references, and how sure."""
        found = self.memberships_of(context_key)
        listed = {
            segment.reference: found[segment.id].included
            for segment in self._unbounded
            if found[segment.id].included or found[segment.id].excluded
        }
        return listed, _HEALTHY

    def memberships_of(self, context_key: str) -> Mapping[str, Membership]:
        """Return in which lists of each unbounded segment a context stands, by the segments' ids."""
        if context_key not in self._by_key:
            ids = [one.id for one in self._unbounded]
            found = self._memberships.memberships(ids, context_key)
            self._by_key[context_key] = dict(zip(ids, found, strict=True))
        return self._by_key[context_key]


class _Evaluation:
    """The evaluation of one context."""

    def __init__(
        self, segments: Sequence[Segment], memberships: MembershipReader, context: "Context"
    ) -> None:
        from ldclient.impl.evaluator import Evaluator  # noqa: PLC0415
        from ldclient.impl.events.types import EventFactory  # noqa: PLC0415

        self._context = context
        self._lookup = SegmentLookup(segments, memberships)
        self._events = EventFactory(False)
        self._evaluator = Evaluator(
            lambda _: None, self._lookup.find_segment, self._lookup.find_memberships
        )

    def judge(self, segment: Segment) -> SegmentVerdict:
        """Tell whether the context is in a segment."""
        if segment.unbounded:
            membership = self._membership_in(segment)
            return SegmentVerdict(segment, membership.included, membership.included, False)
        is_included = self._is_among(segment.included)
        if is_included or self._is_among(segment.excluded):
            return SegmentVerdict(segment, is_included, is_included, False)
        matches = bool(segment.rules) and self._matches(segment)
        return SegmentVerdict(segment, matches, False, matches)

    def _is_among(self, targets: Sequence[ContextTargets]) -> bool:
        for one in targets:
            single = self._context.get_individual_context(one.context_kind)
            if single is not None and single.key in one.keys:
                return True
        return False

    def _matches(self, segment: Segment) -> bool:
        from ldclient.impl.model import FeatureFlag  # noqa: PLC0415

        flag = FeatureFlag(_flag_of(segment))
        detail = self._evaluator.evaluate(flag, self._context, self._events).detail
        return detail is not None and detail.variation_index == 1

    def _membership_in(self, segment: Segment) -> Membership:
        single = self._context.get_individual_context(segment.context_kind)
        if single is None:
            return Membership(included=False, excluded=False)
        return self._lookup.memberships_of(single.key)[segment.id]


def _flag_of(segment: Segment) -> dict[str, Json]:
    """Return a flag that has its variation 1 for those in a segment, and 0 for all others."""
    clause: dict[str, Json] = {"attribute": "", "op": "segmentMatch", "values": [segment.key]}
    return {
        "key": segment.key,
        "version": 1,
        "on": True,
        "variations": [False, True],
        "offVariation": 0,
        "fallthrough": {"variation": 0},
        "rules": [{"id": "", "variation": 1, "clauses": [clause]}],
        "prerequisites": [],
        "targets": [],
        "salt": "",
    }
