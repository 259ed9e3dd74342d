"""What the REST API shows is read back into the same models."""

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from muster.access.resources import Resource
from muster.accounts.model import AccessToken, CustomRole, Environment, Member, Project
from muster.api import audit_log, representations
from muster.api import members as members_api
from muster.api import roles as roles_api
from muster.api import tokens as tokens_api
from muster.api.segment_representations import segment as show_segment
from muster.audit.model import Access, AuditEntry
from muster.core.ids import AccountId
from muster.remote.audit import AuditEntryShape
from muster.remote.representations import (
    EnvironmentShape,
    FindRoles,
    MemberShape,
    ProjectShape,
    RoleShape,
    TokenShape,
)
from muster.remote.segments import SegmentShape
from muster.segments.details import SegmentDetails
from tests.remote.strategies import (
    entries,
    environments,
    members,
    projects,
    roles,
    segments,
    tokens,
)

Shape = TypeVar("Shape", bound=BaseModel)


def read(shape: type[Shape], shown: Any) -> Shape:
    """Return what an answer says, read as it comes over the wire."""
    return shape.model_validate_json(orjson.dumps(shown))


def among(known: Collection[CustomRole]) -> FindRoles:
    """Return what finds these roles by their ids."""
    by_id = {role.id: role for role in known}
    return lambda ids: tuple(by_id[one] for one in ids)  # type: ignore[index]


@given(projects)
def test_a_project(project: Project) -> None:
    assert read(ProjectShape, representations.project(project)).to_model() == project


@given(environments)
def test_an_environment(environment: Environment) -> None:
    shown = representations.environment(environment, with_sdk_key=True)
    assert read(EnvironmentShape, shown).to_model() == environment


@given(environments)
def test_of_an_sdk_key_that_is_not_shown_the_masked_form_is_the_same(
    environment: Environment,
) -> None:
    shown = representations.environment(environment, with_sdk_key=False)
    found = read(EnvironmentShape, shown).to_model()
    assert found.sdk_key.masked == environment.sdk_key.masked
    assert replace(found, sdk_key=environment.sdk_key) == environment


@given(roles)
def test_a_custom_role(role: CustomRole) -> None:
    assert read(RoleShape, roles_api._show(role)).to_model() == role


@given(members)
def test_a_member(member: Member) -> None:
    shown = read(MemberShape, members_api._show(member))
    assert shown.to_model(among(member.custom_roles)) == member


@given(tokens)
def test_a_token(token: AccessToken) -> None:
    shown = read(TokenShape, tokens_api._show(token))
    assert shown.to_model(among(token.custom_roles)) == token


@given(segments(), environments)
def test_a_segment(details: SegmentDetails, place: Environment) -> None:
    assert read(SegmentShape, show_segment(details, place)).to_model() == details


@given(entries)
def test_an_audit_entry_but_for_the_tags_of_its_resources(entry: AuditEntry) -> None:
    shown = audit_log.show_entry(entry, AccountId("a"))
    bare = tuple(Access(one.action, without_tags(one.resource)) for one in entry.accesses)
    assert read(AuditEntryShape, shown).to_model() == replace(entry, accesses=bare)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(
    st.one_of(
        st.tuples(st.just(ProjectShape), projects.map(representations.project)),
        st.tuples(st.just(RoleShape), roles.map(roles_api._show)),
        st.tuples(st.just(MemberShape), members.map(members_api._show)),
        st.tuples(st.just(TokenShape), tokens.map(tokens_api._show)),
        st.tuples(
            st.just(AuditEntryShape),
            entries.map(lambda entry: audit_log.show_entry(entry, AccountId("a"))),
        ),
    ),
    st.data(),
)
def test_whatever_stands_in_an_answer_it_is_read_or_refused(
    answer: tuple[Any, dict[str, Any]], data: st.DataObject
) -> None:
    shape, shown = answer
    wrong = {**shown, data.draw(st.sampled_from(sorted(shown))): data.draw(json_values)}
    try:
        found = shape.model_validate_json(json.dumps(wrong))
    except ValidationError:
        return
    if shape in (MemberShape, TokenShape):
        found.to_model(lambda _: ())
    else:
        found.to_model()


def without_tags(resource: Resource) -> Resource:
    """Return a resource as its text names it."""
    return Resource(
        tuple(part._replace(tags=frozenset(), properties=frozenset()) for part in resource.parts)
    )


@given(projects)
def test_what_is_missing_or_of_another_type_is_told_with_its_place(project: Project) -> None:
    shown = representations.project(project)
    for wrong, place in (
        ({**shown, "_id": 7}, ("_id",)),
        ({**shown, "_muster": {}}, ("_muster", "creationDate")),
        ({**shown, "_muster": {"creationDate": "1"}}, ("_muster", "creationDate")),
        ({**shown, "tags": [1]}, ("tags", 0)),
    ):
        with pytest.raises(ValidationError) as refused:
            read(ProjectShape, wrong)
        assert refused.value.errors()[0]["loc"] == place
