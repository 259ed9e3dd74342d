"""Configuring, listing, changing and giving up big segment stores."""

from dataclasses import replace
from typing import Any, cast

import pytest

from muster.access.roles import BuiltInRole
from muster.audit.log import AuditFilter
from muster.audit.model import Access
from muster.configurations.big_segment_stores.model import BigSegmentStore
from muster.configurations.big_segment_stores.service import (
    BigSegmentStoreService,
    StoreAddress,
    StoreChanges,
    StoreDraft,
)
from muster.core.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.secrets import MASK
from muster.storage.sql.big_segment_stores import SqlBigSegmentStoreStore
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office

HERE = StoreAddress("default", "production", "redis")
DRAFT = StoreDraft({"host": "redis.example.com", "password": "pa55word"}, "Redis", tags=("eu",))
DYNAMO = {"tableName": "t", "region": "r"}


@pytest.fixture
def service(office: Office) -> BigSegmentStoreService:
    return BigSegmentStoreService(
        SqlBigSegmentStoreStore(office.engine), office.projects, office.environments, office.trail
    )


@pytest.fixture
def redis(service: BigSegmentStoreService) -> BigSegmentStore:
    """A Redis of production."""
    return service.create_store(None, HERE, DRAFT)


def test_a_store_is_found_where_it_is_and_nowhere_else(
    service: BigSegmentStoreService, redis: BigSegmentStore
) -> None:
    there = replace(HERE, environment_key="test")
    dynamo = service.create_store(None, replace(there, kind="dynamodb"), StoreDraft(DYNAMO))
    assert (redis.version, redis.is_on, dynamo.name) == (1, False, "dynamodb")
    assert service.get_store(None, HERE, redis.id) == redis
    assert service.list_stores(None, HERE) == [redis]
    assert service.list_stores(None, there) == []
    assert {one.id for one in service.list_all_stores(None)} == {redis.id, dynamo.id}
    for elsewhere in (there, replace(HERE, kind="dynamodb")):
        with pytest.raises(NotFoundError, match="has no"):
            service.get_store(None, elsewhere, redis.id)
        with pytest.raises(NotFoundError):
            service.delete_store(None, elsewhere, redis.id)
    for nowhere in (
        replace(HERE, kind="Redis"),
        replace(HERE, project_key="x"),
        replace(HERE, environment_key="x"),
    ):
        with pytest.raises(NotFoundError):
            service.list_stores(None, nowhere)
        with pytest.raises(NotFoundError):
            service.create_store(None, nowhere, DRAFT)


def test_each_change_takes_its_action_and_is_in_the_audit_log_without_passwords(
    office: Office, service: BigSegmentStoreService, redis: BigSegmentStore
) -> None:
    changes = StoreChanges(
        name="N",
        is_on=True,
        tags=("b", "a"),
        config={"host": "redis.example.com", "password": "0ther"},
    )
    office.clock.advance(seconds=1)
    changed = service.update_store(None, HERE, redis.id, changes, comment="why")
    assert (changed.name, changed.is_on, changed.tags) == ("N", True, ("a", "b"))
    assert changed.version == 2
    assert service.get_store(None, HERE, redis.id) == changed
    assert service.update_store(None, HERE, redis.id, changes) == changed
    office.clock.advance(seconds=1)
    service.delete_store(None, HERE, redis.id)
    with pytest.raises(NotFoundError):
        service.get_store(None, HERE, redis.id)
    deleted, updated, created = office.audit_log.list_entries(AuditFilter(), limit=9)
    assert created.accesses == (Access("createIntegration", redis.resource),)
    assert str(redis.resource) == "integration/redis"
    assert updated.accesses == tuple(
        Access(action, redis.resource)
        for action in ("updateName", "updateOn", "updateTags", "updateConfiguration")
    )
    assert updated.comment == "why"
    assert updated.before == created.after == redis.snapshot()
    assert updated.after == deleted.before == changed.snapshot()
    assert deleted.accesses == (Access("deleteIntegration", changed.resource),)
    told = repr((deleted, updated, created))
    assert MASK in told
    assert "pa55word" not in told
    assert "0ther" not in told


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"config": {}}, "/config/host"),
        ({"name": "a\nb"}, "/name"),
        ({"tags": ("a b",)}, "/tags"),
    ],
)
def test_what_makes_no_store(
    service: BigSegmentStoreService, redis: BigSegmentStore, wrong: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        service.create_store(None, HERE, replace(DRAFT, **wrong))
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError):
        service.update_store(None, HERE, redis.id, cast("StoreChanges", wrong))
    assert service.list_all_stores(None) == [redis]


def test_of_two_changes_at_once_one_is_refused(office: Office, redis: BigSegmentStore) -> None:
    class Racing(SqlBigSegmentStoreStore):
        """A store in which another change is made between the reading and the writing."""

        def update_store(self, store: BigSegmentStore) -> bool:
            super().update_store(replace(redis, name="faster", version=2))
            return super().update_store(store)

    racing = BigSegmentStoreService(
        Racing(office.engine), office.projects, office.environments, office.trail
    )
    with pytest.raises(ConflictError, match="Read it again"):
        racing.update_store(None, HERE, redis.id, {"name": "slower"})
    assert racing.get_store(None, HERE, redis.id) == redis


class TestForAPrincipal:
    def test_to_see_one_takes_to_view_the_project_and_to_view_or_change_the_integration(
        self, service: BigSegmentStoreService, redis: BigSegmentStore
    ) -> None:
        view = allow("proj/default")
        for caller in (
            with_policy(allow("*", to="view*")),
            with_policy(view, allow("integration/redis;eu", to="viewIntegration")),
            with_policy(view, allow("integration/r*", to="updateOn")),
        ):
            assert service.list_all_stores(caller) == [redis]
            assert service.list_stores(caller, HERE) == [redis]
            assert service.get_store(caller, HERE, redis.id) == redis
        for caller in (
            with_policy(view),
            with_policy(view, allow("integration/dynamodb", "integration/redis;us", to="*")),
            with_policy(allow("integration/*", to="*")),
            with_policy(allow("*", to="*"), deny("proj/default")),
        ):
            assert service.list_all_stores(caller) == []
            with pytest.raises(NotFoundError):
                service.get_store(caller, HERE, redis.id)
            with pytest.raises(NotFoundError):
                service.update_store(caller, HERE, redis.id, {"is_on": True})
            with pytest.raises(NotFoundError):
                service.delete_store(caller, HERE, redis.id)
        assert service.list_all_stores(None) == [redis]

    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            ({"name": "other"}, "updateName"),
            ({"is_on": True}, "updateOn"),
            ({"tags": ()}, "updateTags"),
            ({"config": {"host": "other"}}, "updateConfiguration"),
        ],
    )
    def test_each_change_needs_its_action(
        self,
        service: BigSegmentStoreService,
        redis: BigSegmentStore,
        changes: StoreChanges,
        action: str,
    ) -> None:
        everything = allow("*", to="*")
        denied = deny("integration/redis;eu", to=action)
        with pytest.raises(ForbiddenError, match=f"{action} on integration/redis"):
            service.update_store(with_policy(everything, denied), HERE, redis.id, changes)
        service.update_store(with_policy(everything), HERE, redis.id, changes)

    @pytest.mark.parametrize("role", [BuiltInRole.READER, BuiltInRole.WRITER])
    def test_reader_and_writer_see_them_and_change_none(
        self,
        office: Office,
        service: BigSegmentStoreService,
        redis: BigSegmentStore,
        role: BuiltInRole,
    ) -> None:
        caller = office.principal(role)
        assert service.list_all_stores(caller) == [redis]
        with pytest.raises(ForbiddenError, match="createIntegration on integration/redis"):
            service.create_store(caller, HERE, DRAFT)
        with pytest.raises(ForbiddenError, match="deleteIntegration on integration/redis"):
            service.delete_store(caller, HERE, redis.id)
        service.delete_store(office.principal(BuiltInRole.ADMIN), HERE, redis.id)
