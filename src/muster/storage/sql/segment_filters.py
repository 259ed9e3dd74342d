"""Filters and orders of segments, as SQL."""

import json
from typing import Any, Final

from sqlalchemy import ColumnElement, UnaryExpression, and_, func, or_

from muster.core.filters import AllOf, AnyOf, Comparison, Expression, Operator
from muster.segments.queries import MEMBER_FIELDS, SegmentQuery
from muster.storage.sql.tables import segments

_COLUMNS: Final = segments.c
_SEARCHED: Final = (_COLUMNS.key, _COLUMNS.name, _COLUMNS.description)
_SORTED_BY: Final[dict[str, ColumnElement[Any]]] = {
    "name": func.lower(_COLUMNS.name),
    "creationDate": _COLUMNS.created_at,
}


def condition_of(query: SegmentQuery) -> ColumnElement[bool] | None:
    """Return the condition that wanted segments meet; None for no condition."""
    return None if query.wanted is None else _condition(query.wanted, query)


def order_of(query: SegmentQuery) -> list[UnaryExpression[Any] | ColumnElement[Any]]:
    """Return what to order by; segments that are equal in that are ordered by key."""
    keys: list[UnaryExpression[Any] | ColumnElement[Any]] = [
        _SORTED_BY[key.field].desc() if key.descending else _SORTED_BY[key.field].asc()
        for key in query.sort
        if key.field in _SORTED_BY
    ]
    return [*(keys or [_COLUMNS.created_at.desc()]), _COLUMNS.key]


def _condition(expression: Expression, query: SegmentQuery) -> ColumnElement[bool]:
    match expression:
        case AllOf(parts):
            return and_(*(_condition(part, query) for part in parts))
        case AnyOf(parts):
            return or_(*(_condition(part, query) for part in parts))
        case Comparison():
            return _comparison(expression, query)


def _comparison(one: Comparison, query: SegmentQuery) -> ColumnElement[bool]:
    if one.field in MEMBER_FIELDS:
        return _COLUMNS.id.in_((query.having or {}).get(one.position, ()))
    if one.field == "tags":
        return _tags(one)
    if one.field == "query":
        text = one.text().lower()
        return or_(*(func.lower(column).contains(text, autoescape=True) for column in _SEARCHED))
    if one.field == "unbounded":
        return _COLUMNS.unbounded.is_(one.truth())
    if one.operator is Operator.EXISTS:
        is_external = _COLUMNS.integration_key.is_not(None)
        return is_external if one.truth() else ~is_external
    return _COLUMNS.integration_key == one.text().lower()


def _tags(one: Comparison) -> ColumnElement[bool]:
    if one.operator is Operator.EXISTS:
        return _COLUMNS.tags != "[]" if one.truth() else _COLUMNS.tags == "[]"
    # Tags stand in a JSON array, and none of their characters is escaped there.
    found = [_COLUMNS.tags.contains(json.dumps(tag), autoescape=True) for tag in one.texts()]
    return or_(False, *found) if one.operator is Operator.ANY_OF else and_(True, *found)
