"""Hypothesis strategies and requestParsers that the tests of payloads share."""

from typing import Any, Final

from hypothesis import strategies as st

from muster.core.pointers import Json, format_pointer
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser


def _per_member(prefix: str, ids: str, **renamed: str) -> dict[str, Json]:
    """A requestParser in the way of Amplitude: a /batch whose members name their cohort."""
    cohort_id, cohort_name = f"/{prefix}Id", f"/{prefix}Name"
    cohort_id, cohort_name = renamed.get("id", cohort_id), renamed.get("name", cohort_name)
    return {
        "cohortIdPath": f"/batch/0{cohort_id}",
        "cohortNamePath": f"/batch/0{cohort_name}",
        "memberArrayPath": "/batch",
        "memberArrayParser": {
            "memberIdPath": ids,
            "booleanMembershipPath": "/value",
            "cohortIdPath": cohort_id,
            "cohortNamePath": cohort_name,
        },
    }


def _two_arrays(adds: str, removes: str) -> dict[str, Json]:
    return {
        "environmentIdPath": "/environmentId",
        "contextKindPath": "/contextKind",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
        "cohortUrlPath": "/cohortUrl",
        "addMemberArrayPath": adds,
        "removeMemberArrayPath": removes,
        "memberArrayParser": {"memberIdPath": "/id"},
    }


def _parameters(prefix: str, member_id: str, matcher: str) -> dict[str, Json]:
    return {
        "environmentIdPath": f"/parameters/{prefix}_project_id",
        "cohortIdPath": f"/parameters/{prefix}_cohort_id",
        "cohortNamePath": f"/parameters/{prefix}_cohort_name",
        "memberArrayPath": "/parameters/members",
        "arrayInclusion": {"path": "/action", "matcher": matcher},
        "memberArrayParser": {"memberIdPath": member_id},
    }


SPECS: Final[dict[str, dict[str, Json]]] = {
    "amplitude": {
        "environmentIdPath": "/environmentId",
        **_per_member("cohort", "/userId"),
        "cohortUrlPath": "/batch/0/cohortUrl",
    },
    "census-synced-segments": {
        "environmentIdPath": "/environment_id",
        "contextKindPath": "/context_kind",
        **_per_member("", "/user_id", id="/cohort_id", name="/cohort_name"),
    },
    "segment-audiences": {
        "environmentIdPath": "/environmentId",
        "contextKindPath": "/contextKind",
        **_per_member("cohort", "/userId"),
    },
    "fulcrum": _two_arrays("/included/add", "/included/remove"),
    "rudderstack": _two_arrays("/listData/add", "/listData/remove"),
    "heap-inbound": {
        "environmentIdPath": "/parameters/environment_id",
        "cohortIdPath": "/heap/data/segment/id",
        "cohortNamePath": "/heap/data/segment/name",
        "addMemberArrayPath": "/heap/data/add",
        "removeMemberArrayPath": "/heap/data/remove",
        "memberArrayParser": {"memberIdPath": "/id"},
    },
    "hightouch": {
        "environmentIdPath": "/environmentId",
        "contextKindPath": "/contextKind",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
        "memberArrayPath": "/members",
        "arrayInclusion": {"path": "/action", "matcher": "^add$"},
        "memberArrayParser": {"memberIdPath": "/integration_distinct_id"},
    },
    "tealium-synced-segments": _parameters("tealium", "/member_id", "^add_member$"),
    "zeotap": _parameters("integration", "/integration_distinct_id", "^(members|add_members)$"),
    "mixpanel": {
        **_parameters("mixpanel", "/mixpanel_distinct_id", "^(members|add_members)$"),
        "contextKindPath": "/contextKind",
    },
    "framework-example-1": {
        "environmentIdPath": "/customer_config/fields/0/value/id",
        "cohortIdPath": "/data/segment/id",
        "cohortNamePath": "/data/segment/name",
        "addMemberArrayPath": "/data/add",
        "removeMemberArrayPath": "/data/remove",
        "memberArrayParser": {"memberIdPath": "/id"},
    },
}
PARSERS: Final = {key: RequestParser.compile(spec) for key, spec in SPECS.items()}

ENVIRONMENT_ID: Final = "5f0c1e2d3b4a596877869504"
_CHARACTERS: Final = st.characters(exclude_categories=["Cs"], exclude_characters="\0")

ids = st.text(_CHARACTERS, min_size=1, max_size=20) | st.text("ab", min_size=1, max_size=256)
few_ids = st.sampled_from(["u1", "u2", "u3", "ü4"]) | ids
kinds = st.sampled_from(["user", "device", "a.b-c_9"])
names = st.none() | st.text(_CHARACTERS, min_size=1, max_size=30)
json_leaves: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(_CHARACTERS | st.just("\0"), max_size=8)
    | st.just("long" * 100)
)
json_values: st.SearchStrategy[Json] = st.recursive(
    json_leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(ids, below, max_size=3),
    max_leaves=8,
)


@st.composite
def cohorts(draw: st.DrawFn, *, may_be_empty: bool = True, has_url: bool = False) -> CohortChanges:
    """A cohort with members that enter and members that leave."""
    keys = draw(st.lists(few_ids, unique=True, min_size=0 if may_be_empty else 1, max_size=8))
    flags = draw(st.lists(st.booleans(), min_size=len(keys), max_size=len(keys)))
    pairs = list(zip(keys, flags, strict=True))
    return CohortChanges(
        cohort_id=draw(ids),
        name=draw(names),
        url=draw(names) if has_url else None,
        added=[key for key, added in pairs if added],
        removed=[key for key, added in pairs if not added],
    )


@st.composite
def sayable_changes(draw: st.DrawFn, parser: RequestParser) -> SyncChanges:
    """Changes that a manifest has places for, if in several bodies."""
    spec = parser.spec
    needs_member = any(
        pointer[: len(array)] == array
        for array in spec.arrays
        for pointer in (spec.cohort_id, spec.cohort_name)
    )
    cohort = cohorts(may_be_empty=not needs_member, has_url=spec.cohort_url is not None)
    several = draw(st.lists(cohort, min_size=1, max_size=4, unique_by=lambda c: c.cohort_id))
    return SyncChanges(
        environment_id=draw(ids),
        context_kind=draw(kinds) if spec.context_kind is not None else "user",
        cohorts=tuple(several),
    )


tokens = st.text("ab0/~-1é ", max_size=3)
pointers = st.lists(tokens, max_size=3).map(lambda parts: format_pointer(*parts))


@st.composite
def request_parsers(draw: st.DrawFn, *, disjoint: bool) -> dict[str, Any]:
    """A requestParser of one of the three styles, its pointers arbitrary.

    Args:
        disjoint: no pointer leads into another's place, save that a member may name the cohort.
    """
    places = iter("abcdefghijklmn")

    def place() -> str:
        if not disjoint:
            return draw(pointers)
        return f"/{next(places)}{draw(pointers)}"

    member: dict[str, Any] = {"memberIdPath": place()}
    spec: dict[str, Any] = {
        "environmentIdPath": place(),
        "cohortIdPath": place(),
        "cohortNamePath": place(),
        "memberArrayParser": member,
    }
    style = draw(st.sampled_from(["flag", "inclusion", "pair"]))
    if style == "pair":
        spec |= {"addMemberArrayPath": "/x/add", "removeMemberArrayPath": "/x/remove"}
    else:
        spec["memberArrayPath"] = place()
    if style == "flag":
        member["booleanMembershipPath"] = place()
    if style == "inclusion":
        matcher = draw(
            st.sampled_from(["^add$", "(?i)^ENTER", r"\bnew\b", "^(members|add_members)$"])
        )
        spec["arrayInclusion"] = {"path": place(), "matcher": matcher}
    for name in ("contextKindPath", "cohortUrlPath"):
        if draw(st.booleans()):
            spec[name] = place()
    for name in ("cohortIdPath", "cohortNamePath"):
        if draw(st.booleans()):
            member[name] = place()
            if draw(st.booleans()) and style != "pair":
                spec[name] = f"{spec['memberArrayPath']}/0{member[name]}"
    return spec


@st.composite
def damaged_bodies(draw: st.DrawFn, parser: RequestParser) -> Json:
    """A body with some values replaced, taken out or put twice, often one that parses all the same."""
    from muster.payloads.builder import build, split  # noqa: PLC0415 - only this one builds

    part = split(parser, draw(sayable_changes(parser)))[0]
    body = build(parser, part)
    for _ in range(draw(st.integers(0, 3))):
        body = _damage(draw, body)
    return body


def _damage(draw: st.DrawFn, value: Json) -> Json:
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 9)) == 0:
        return draw(json_values | few_ids)
    if isinstance(value, list):
        index = draw(st.integers(0, len(value) - 1))
        damaged = [_damage(draw, value[index])]
        return [*value[:index], *damaged * draw(st.integers(0, 2)), *value[index:]]
    name = draw(st.sampled_from(sorted(value)))
    if draw(st.integers(0, 4)) == 0:
        return {other: value[other] for other in value if other != name}
    return {**value, name: _damage(draw, value[name])}
