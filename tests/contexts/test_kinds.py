"""The kinds of contexts: listed from wherever they are known, made and changed."""

from datetime import timedelta

import pytest

from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.projects import ProjectDraft
from muster.audit.log import AuditFilter
from muster.contexts.kinds import KindFields
from muster.contexts.model import ContextKind, seen_kind
from muster.core.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import ProjectId, new_id
from tests.accounts.policies import allow, with_policy
from tests.clock import START
from tests.contexts.gallery import Gallery

ORG = KindFields(name="Organization", description="Our customers")


def listed(gallery: Gallery) -> dict[str, ContextKind]:
    """Return the kinds of the project by key, which are in order."""
    kinds = gallery.kinds.list_kinds(None, "default")
    assert [one.key for one in kinds] == sorted(one.key for one in kinds)
    return {one.key: one for one in kinds}


def entries(gallery: Gallery) -> int:
    """Return how many changes the audit log has."""
    return len(gallery.audit_log.list_entries(AuditFilter(), limit=20))


def test_user_is_there_from_the_beginning(gallery: Gallery) -> None:
    user = listed(gallery)["user"]
    assert (user.name, user.version, user.created_from) == ("User", 1, "default")
    assert user.created_at == gallery.project.created_at


def test_kinds_of_segments_and_of_contexts_are_there(gallery: Gallery) -> None:
    gallery.add_segment("device", ["d"])
    gallery.add_segment("company", ["c"], environment=gallery.other_environment)
    gallery.clock.advance(seconds=60)
    gallery.record({"kind": "robot", "key": "r"}, at=gallery.clock.now())
    gallery.record({"kind": "device", "key": "r"}, at=START + timedelta(hours=1))
    kinds = listed(gallery)
    assert {key: one.created_from for key, one in kinds.items()} == {
        "company": "auto-add",
        "device": "auto-add",
        "robot": "auto-add",
        "user": "default",
    }
    assert kinds["robot"].created_at == kinds["robot"].last_seen_at == gallery.clock.now()
    assert kinds["device"].last_seen_at == START + timedelta(hours=1)
    assert kinds["company"].last_seen_at is None


def test_a_kind_outlives_the_contexts_that_it_was_seen_in(gallery: Gallery) -> None:
    gallery.record({"kind": "robot", "key": "r"})
    gallery.store.prune_contexts(START + timedelta(days=1))
    assert listed(gallery)["robot"].last_seen_at is None


def test_one_is_made_and_changed(gallery: Gallery) -> None:
    made = gallery.kinds.put_kind(None, "default", "org", ORG)
    assert listed(gallery)["org"] == made
    assert (made.version, made.created_from, made.archived) == (1, "manual", False)
    gallery.clock.advance(seconds=60)
    changed = gallery.kinds.put_kind(
        None, "default", "org", KindFields(name="Org", archived=True), version=1
    )
    assert listed(gallery)["org"] == changed
    assert (changed.name, changed.description, changed.archived) == ("Org", "Our customers", True)
    assert (changed.version, changed.created_at) == (2, made.created_at)
    assert changed.modified_at == gallery.clock.now()


@pytest.mark.parametrize("kind", ["user", "device", "robot"])
def test_one_that_was_only_seen_is_changed(gallery: Gallery, kind: str) -> None:
    gallery.add_segment("device", ["d"])
    gallery.record({"kind": "robot", "key": "r"})
    before = listed(gallery)[kind]
    gallery.kinds.put_kind(None, "default", kind, KindFields(name="Changed"), version=1)
    after = listed(gallery)[kind]
    assert (after.name, after.version, after.created_from) == ("Changed", 2, before.created_from)
    assert after.created_at == before.created_at


def test_a_new_one_begins_with_the_version_that_is_given(gallery: Gallery) -> None:
    assert gallery.kinds.put_kind(None, "default", "org", ORG, version=7).version == 7


def test_what_is_so_already_is_no_change(gallery: Gallery) -> None:
    made = gallery.kinds.put_kind(None, "default", "org", ORG)
    before = entries(gallery)
    nobody = with_policy(allow("proj/*"), allow("proj/*:context-kind/org", to="updateContextKind"))
    assert gallery.kinds.put_kind(nobody, "default", "org", ORG) == made
    assert entries(gallery) == before


def test_another_version_is_a_conflict(gallery: Gallery) -> None:
    gallery.kinds.put_kind(None, "default", "org", ORG)
    gallery.kinds.put_kind(None, "default", "org", KindFields(name="Org"), version=1)
    with pytest.raises(ConflictError, match="has the version 2"):
        gallery.kinds.put_kind(None, "default", "org", KindFields(name="Late"), version=1)
    assert listed(gallery)["org"].name == "Org"


def test_each_change_is_an_entry(gallery: Gallery) -> None:
    gallery.projects.update_project(None, "default", {"tags": ("eu",)})
    for fields in (ORG, KindFields(name="Org")):
        gallery.clock.advance(seconds=1)
        gallery.kinds.put_kind(None, "default", "org", fields)
    updated, created, *_ = gallery.audit_log.list_entries(AuditFilter(), limit=20)
    assert (created.verb, updated.verb, updated.kind) == ("created", "updated", "context kind")
    ((created_by, resource),) = created.accesses
    assert (created_by, resource.with_selectors()) == (
        "createContextKind",
        "proj/default;eu:context-kind/org",
    )
    assert updated.accesses == (("updateContextKind", resource),)
    assert created.before is None
    assert created.after == updated.before
    assert updated.after == {
        "key": "org",
        "name": "Org",
        "description": "Our customers",
        "version": 2,
        "archived": False,
    }


def test_who_may_do_what(gallery: Gallery) -> None:
    def role(name: BuiltInRole) -> Principal:
        return with_policy(*name.policy.to_json())

    view, create, update = (
        allow("proj/*"),
        allow("proj/default:context-kind/org", to="createContextKind"),
        allow("proj/*;eu:context-kind/*", to="updateContextKind"),
    )
    put = gallery.kinds.put_kind
    for refused in (role(BuiltInRole.READER), with_policy(view, update)):
        with pytest.raises(
            ForbiddenError, match="createContextKind on proj/default:context-kind/org"
        ):
            put(refused, "default", "org", ORG)
    put(with_policy(view, create), "default", "org", ORG)
    with pytest.raises(ForbiddenError, match="updateContextKind"):
        put(with_policy(view, create, update), "default", "org", KindFields(name="x"))
    gallery.projects.update_project(None, "default", {"tags": ("eu",)})
    put(with_policy(view, update), "default", "org", KindFields(name="x"))
    put(role(BuiltInRole.WRITER), "default", "org", KindFields(name="y"))
    for look in (put, gallery.kinds.list_kinds):
        arguments = () if look != put else ("org", ORG)
        with pytest.raises(NotFoundError):
            look(with_policy(create, update), "default", *arguments)


@pytest.mark.parametrize(
    ("key", "fields", "version", "says"),
    [
        ("kind", ORG, None, "key of a kind"),
        ("multi", ORG, None, "key of a kind"),
        ("a b", ORG, None, "key of a kind"),
        ("k" * 257, ORG, None, "key of a kind"),
        ("org", KindFields(name=" "), None, "name of a context kind"),
        ("org", KindFields(name="Org", description="d" * 2049), None, "description"),
        ("org", KindFields(name="Org", description="\ud800"), None, "description"),
        ("org", ORG, 0, "1 or more"),
        ("org", ORG, 2**31, "1 or more"),
    ],
)
def test_what_can_be_no_kind(
    gallery: Gallery, key: str, fields: KindFields, version: int | None, says: str
) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        gallery.kinds.put_kind(None, "default", key, fields, version=version)
    assert list(listed(gallery)) == ["user"]


def test_kinds_go_with_their_project(gallery: Gallery) -> None:
    shop, _ = gallery.projects.create_project(None, ProjectDraft("shop", "Shop"))
    gallery.kinds.put_kind(None, "shop", "org", ORG)
    gallery.projects.delete_project(None, "shop")
    assert gallery.kind_store.list_kinds(shop.id) == []
    late = seen_kind(shop.id, "late", START)
    gallery.kind_store.add_kinds([late, seen_kind(gallery.project.id, "kept", START)])
    assert not gallery.kind_store.save_kind(late, replaces=None)
    assert gallery.kind_store.list_kinds(shop.id) == []
    assert "kept" in listed(gallery)


def test_of_two_changes_at_once_one_is_made(gallery: Gallery) -> None:
    store, project = gallery.kind_store, ProjectId(gallery.project.id)
    kind = seen_kind(project, "org", START)
    assert store.save_kind(kind, replaces=None)
    assert not store.save_kind(kind, replaces=None)
    assert not store.save_kind(kind, replaces=2)
    assert store.save_kind(kind, replaces=1)
    assert store.list_kinds(ProjectId(new_id())) == []
