"""Searching contexts, and telling what attributes they have."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.accounts.project_environments import EnvironmentService
from muster.contexts.cursor import read_cursor, write_cursor
from muster.contexts.filters import read_context_filter, value_test
from muster.contexts.model import ContextRecord, Position
from muster.contexts.search import BEGINNING, EFFORT, ContextWalk
from muster.contexts.store import ContextStore, SegmentIndex
from muster.core.errors import InvalidRequestError
from muster.core.filters import (
    AllOf,
    AnyOf,
    Comparison,
    Expression,
    Operator,
    check_fields,
    comparisons,
    parse_expression,
)
from muster.core.pointers import (
    MISSING,
    Json,
    PointerSyntaxError,
    format_pointer,
    parse_pointer,
    resolve,
)
from muster.segments.store import MembershipReader

MAX_LIMIT: Final = 50
_SURVEYED: Final = 5_000
"""Of how many contexts of a kind, those that were seen last, the attributes are told."""


@dataclass(frozen=True, slots=True)
class ContextQuery:
    """What is searched for.

    Attributes:
        filter: see `muster.contexts.filters`; None for all.
        limit: how many contexts a page has at most: 1 to 50.
        continuation_token: that of the page before; None for the first page.
        with_total: count all that match, as far as that is quick.
    """

    filter: str | None = None
    limit: int = 20
    continuation_token: str | None = None
    with_total: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidRequestError(f"limit is {self.limit}; it must be from 1 to {MAX_LIMIT}.")


@dataclass(frozen=True, slots=True)
class ContextPage:
    """A page of contexts.

    Attributes:
        continuation_token: of the next page; None where there is none. A page may have fewer contexts than
            were asked for, even none, and a next one all the same: a search ends after some time.
        total_count: how many contexts match, exactly; None where that was not asked, or took too long.
    """

    environment: Environment
    items: Sequence[ContextRecord]
    continuation_token: str | None = None
    total_count: int | None = None


class Weighted(NamedTuple):
    """A name or a value of an attribute, and how many contexts of those that were looked at have it."""

    value: Json
    weight: int


class ContextService:
    """Reads contexts. Its methods may block: call them from a worker thread.

    Whoever may view a project may view its contexts; None is the installation's operator.
    """

    def __init__(
        self,
        environments: EnvironmentService,
        store: ContextStore,
        segments: SegmentIndex,
        memberships: MembershipReader,
    ) -> None:
        self._environments = environments
        self._store = store
        self._segments = segments
        self._memberships = memberships

    def search(
        self,
        principal: Principal | None,
        project_key: str,
        environment_key: str,
        query: ContextQuery,
    ) -> ContextPage:
        """Return contexts that match, each once, as it was seen last, ordered by kind and key.

        Raises:
            NotFoundError: there is no such environment that the principal may view.
            InvalidRequestError: the filter or the token can't be read.
        """
        environment = self._environments.get_environment(principal, project_key, environment_key)
        wanted = read_context_filter(query.filter)
        search = ("search", environment.id, query.filter or "")
        token = query.continuation_token
        after = Position(*read_cursor(token, *search)) if token else BEGINNING
        walk = self._walk(environment)
        found: list[ContextRecord] = []
        spent, following = 0, None
        for step in walk.steps(wanted, after):
            if len(found) == query.limit and step.record is not None:
                following = found[-1].position
                break
            spent += step.cost
            if step.record is not None:
                found.append(step.record)
            if spent >= EFFORT:
                following = step.position
                break
        return ContextPage(
            environment,
            found,
            None if following is None else write_cursor(following, *search),
            self._count(walk, query) if query.with_total else None,
        )

    def get_contexts(
        self,
        principal: Principal | None,
        project_key: str,
        environment_key: str,
        position: Position,
        query: ContextQuery,
    ) -> ContextPage:
        """Return what is known of one context: as each application that evaluated it sent it last.

        Args:
            query: its filter can compare `applicationId` and nothing else.

        Raises:
            NotFoundError: there is no such environment that the principal may view.
            InvalidRequestError: the filter or the token can't be read.
        """
        environment = self._environments.get_environment(principal, project_key, environment_key)
        check_fields(
            parse_expression(query.filter or ""),
            {
                "applicationId": [
                    one for one in Operator if one not in (Operator.BEFORE, Operator.AFTER)
                ]
            },
        )
        wanted = read_context_filter(query.filter)
        records = self._walk(environment).find(*position)
        matching = [record for record in records if wanted.matches(record)]
        search = ("get", environment.id, *position, query.filter or "")
        rest = matching
        if query.continuation_token:
            (after,) = read_cursor(query.continuation_token, *search)
            rest = [record for record in matching if (record.application_id or "") > after]
        page = rest[: query.limit]
        following = (page[-1].application_id or "",) if len(rest) > len(page) else None
        return ContextPage(
            environment,
            page,
            None if following is None else write_cursor(following, *search),
            len(matching) if query.with_total else None,
        )

    def list_attribute_names(
        self,
        principal: Principal | None,
        project_key: str,
        environment_key: str,
        *,
        filter_text: str | None = None,
        limit: int = 100,
    ) -> Mapping[str, Sequence[Weighted]]:
        """Return the attributes that contexts have, by kind, the most frequent first.

        Attributes are told of the contexts of each kind that were seen last, some thousands; those inside of
        objects as JSON pointers, such as `/address/city`.

        Args:
            filter_text: can compare `kind` (equals) and `name` (startsWith).

        Raises:
            NotFoundError: there is no such environment that the principal may view.
            InvalidRequestError: the filter can't be read.
        """
        environment = self._environments.get_environment(principal, project_key, environment_key)
        conditions = _read_conditions(
            filter_text, {"kind": Operator.EQUALS, "name": Operator.STARTS_WITH}
        )
        prefix = conditions["name"].text() if "name" in conditions else ""
        prefix = prefix if prefix.startswith("/") or not prefix else f"/{prefix}"
        survey = self._survey(
            environment,
            conditions.get("kind"),
            lambda record: {name for name in _names(record.attributes) if name.startswith(prefix)},
        )
        return {kind: _heaviest(counted, limit) for kind, counted in survey.items() if counted}

    def list_attribute_values(
        self,
        principal: Principal | None,
        project_key: str,
        environment_key: str,
        attribute: str,
        *,
        filter_text: str | None,
        limit: int = 50,
    ) -> Mapping[str, Sequence[Weighted]]:
        """Return the values that an attribute has in contexts of a kind, the most frequent first.

        Args:
            attribute: its name, or a JSON pointer to it.
            filter_text: compares `kind` (equals), and can compare `value` (startsWith).

        Raises:
            NotFoundError: there is no such environment that the principal may view.
            InvalidRequestError: the filter can't be read, or says nothing of the kind; or the attribute's
                name is no JSON pointer.
        """
        environment = self._environments.get_environment(principal, project_key, environment_key)
        conditions = _read_conditions(
            filter_text, {"kind": Operator.EQUALS, "value": Operator.STARTS_WITH}
        )
        if "kind" not in conditions:
            raise InvalidRequestError(
                'filter: it must say which kind is meant, such as: kind equals "user".'
            )
        try:
            tokens = parse_pointer(attribute) if attribute.startswith("/") else (attribute,)
        except PointerSyntaxError as error:
            raise InvalidRequestError(f"attributeName: {error}") from error
        is_wanted = value_test(conditions["value"]) if "value" in conditions else lambda _: True

        def values(record: ContextRecord) -> set[bytes]:
            value = resolve(record.attributes, tokens)
            if value is MISSING:
                return set()
            listed = value if isinstance(value, list) else [value]
            # As JSON, for true is not 1, and an object can't be counted.
            return {
                orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in listed if is_wanted(one)
            }

        survey = self._survey(environment, conditions["kind"], values)
        return {
            kind: [Weighted(orjson.loads(one), weight) for one, weight in _heaviest(counted, limit)]
            for kind, counted in survey.items()
            if counted
        }

    def _walk(self, environment: Environment) -> ContextWalk:
        return ContextWalk(
            environment.id,
            self._segments.list_segment_ids(environment.id),
            self._store,
            self._memberships,
        )

    def _count(self, walk: ContextWalk, query: ContextQuery) -> int | None:
        counted = spent = 0
        for step in walk.steps(read_context_filter(query.filter)):
            spent += step.cost
            if spent > EFFORT:
                return None
            counted += step.record is not None
        return counted

    def _survey(
        self,
        environment: Environment,
        kind: Comparison | None,
        facts: Callable[[ContextRecord], set[str] | set[bytes]],
    ) -> Mapping[str, "Counter[str | bytes]"]:
        """Count facts of the contexts of one kind, or of each, that were seen last."""
        kinds = self._store.list_recorded_kinds(environment.id) if kind is None else [kind.text()]
        survey: dict[str, Counter[str | bytes]] = defaultdict(Counter)
        for one in kinds:
            for record in self._store.list_latest(environment.id, one, _SURVEYED):
                survey[one].update(facts(record))
        return survey


def _heaviest(counted: "Counter[str | bytes]", limit: int) -> list[Weighted]:
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [Weighted(*item) for item in ordered[:limit]]


def _names(attributes: Mapping[str, Json], *place: str) -> Iterator[str]:
    for name, value in attributes.items():
        if isinstance(value, dict) and value:
            yield from _names(value, *place, name)
        else:
            yield format_pointer(*place, name)


def _read_conditions(text: str | None, known: Mapping[str, Operator]) -> Mapping[str, Comparison]:
    """Return the comparisons of a filter that can only say one thing of each field."""
    expression: Expression | None = parse_expression(text or "")
    check_fields(expression, {name: [operator] for name, operator in known.items()})
    parts = expression.parts if isinstance(expression, AllOf) else ()
    found: dict[str, Comparison] = {}
    for comparison in comparisons(expression):
        if isinstance(expression, AnyOf) or (parts and comparison not in parts):
            raise InvalidRequestError("filter: here, only ',' can join two comparisons.")
        if comparison.field in found:
            comparison.refuse("it is compared twice")
        comparison.text()
        found[comparison.field] = comparison
    return found
