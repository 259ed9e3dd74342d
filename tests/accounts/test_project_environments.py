"""The environments of a project, as far as a principal may see and change them."""

from datetime import timedelta

import pytest

from muster.access.roles import BuiltInRole
from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.model import Environment
from muster.accounts.project_environments import EnvironmentChanges, EnvironmentFilter
from muster.audit.log import AuditFilter
from muster.audit.model import AuditEntry
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
)
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office
from tests.clock import START

DAY = timedelta(days=1)
PLACE = ("default", "test")
TEST = "proj/default:env/test"


def newest(office: Office) -> AuditEntry:
    """Return the newest entry of the audit log."""
    return office.audit_log.list_entries(AuditFilter(), limit=1)[0]


def stored(office: Office) -> Environment:
    """Return the environment `test` as it is now."""
    return office.environments.get_environment(None, *PLACE)


class TestSeen:
    def test_they_come_as_they_were_created(self, office: Office) -> None:
        reader = office.principal(BuiltInRole.READER)
        page = office.environments.list_environments(reader, "default", PageRequest(limit=1))
        assert (page.items, page.total_count) == ([office.created.environments[0]], 2)
        found = office.environments.get_environment(reader, "default", "test")
        assert found == office.created.environments[1]

    def test_one_that_is_not_there(self, office: Office) -> None:
        viewer = with_policy(allow("proj/*"))
        with pytest.raises(NotFoundError, match="no environment 'staging'"):
            office.environments.get_environment(viewer, "default", "staging")

    def test_whoever_may_not_view_the_project_sees_none(self, office: Office) -> None:
        stranger = with_policy(allow("proj/*:env/*", to="*"))
        with pytest.raises(NotFoundError):
            office.environments.list_environments(stranger, "default", PageRequest())
        with pytest.raises(NotFoundError):
            office.environments.get_environment(stranger, *PLACE)
        with pytest.raises(NotFoundError):
            office.environments.update_environment(stranger, *PLACE, {"name": "mine"})
        with pytest.raises(NotFoundError):
            office.environments.delete_environment(stranger, *PLACE)
        with pytest.raises(NotFoundError):
            office.environments.reset_sdk_key(stranger, *PLACE)

    @pytest.mark.parametrize(
        ("wanted", "sort", "found"),
        [
            (EnvironmentFilter(query="TES"), "", ["test"]),
            (EnvironmentFilter(tags=["EU"]), "", ["live"]),
            (EnvironmentFilter(critical=True), "", ["live"]),
            (EnvironmentFilter(critical=False), "-name", ["test", "production"]),
            (None, "-critical,name", ["live", "production", "test"]),
            (None, "-createdOn", ["live", "production", "test"]),
        ],
    )
    def test_they_are_chosen_and_sorted_as_is_asked(
        self, office: Office, wanted: EnvironmentFilter | None, sort: str, found: list[str]
    ) -> None:
        office.clock.advance(seconds=1)
        draft = EnvironmentDraft("live", "Live", "ffffff", ["eu"], critical=True)
        office.environments.create_environment(None, "default", draft)
        page = office.environments.list_environments(
            None, "default", PageRequest(), wanted, parse_sort(sort)
        )
        assert [one.key for one in page.items] == found


class TestMade:
    def test_one_has_keys_of_its_own(self, office: Office) -> None:
        draft = EnvironmentDraft(
            "qa", "Quality", "AbCdEf", ["b", "a"], True, 60, True, True, True, True
        )
        made = office.environments.create_environment(None, "default", draft)
        assert office.environments.get_environment(None, "default", "qa") == made
        assert made.tags == ("a", "b")
        assert made.sdk_key not in {one.sdk_key for one in office.created.environments}
        entry = newest(office)
        assert (entry.kind, entry.verb, entry.after) == ("environment", "created", made.snapshot())
        assert made.sdk_key.reveal() not in str(entry)
        assert made.mobile_key.reveal() not in str(entry)

    @pytest.mark.parametrize(
        ("draft", "pointer"),
        [
            (EnvironmentDraft("q a", "Q", "ffffff"), "/key"),
            (EnvironmentDraft("qa", "", "ffffff"), "/name"),
            (EnvironmentDraft("qa", "Q", "fffff"), "/color"),
            (EnvironmentDraft("qa", "Q", "ffffff\n"), "/color"),
            (EnvironmentDraft("qa", "Q", "ffffff", default_ttl_minutes=61), "/defaultTtl"),
            (EnvironmentDraft("qa", "Q", "ffffff", default_ttl_minutes=-1), "/defaultTtl"),
            (EnvironmentDraft("qa", "Q", "ffffff", [""]), "/tags"),
        ],
    )
    def test_what_can_not_be_so(
        self, office: Office, draft: EnvironmentDraft, pointer: str
    ) -> None:
        with pytest.raises(InvalidRequestError) as refused:
            office.environments.create_environment(None, "default", draft)
        assert refused.value.pointer == pointer

    def test_a_key_is_taken_once_in_a_project(self, office: Office) -> None:
        with pytest.raises(ConflictError, match="environment test"):
            office.environments.create_environment(
                None, "default", EnvironmentDraft("test", "T", "ffffff")
            )

    def test_only_by_whoever_may_make_it(self, office: Office) -> None:
        careful = with_policy(
            allow("proj/*"),
            allow("proj/default:env/*", to="createEnvironment"),
            deny("proj/*:env/*;{critical:true}", to="*"),
        )
        office.environments.create_environment(
            careful, "default", EnvironmentDraft("a", "A", "ffffff")
        )
        with pytest.raises(ForbiddenError, match="createEnvironment"):
            office.environments.create_environment(
                careful, "default", EnvironmentDraft("b", "B", "ffffff", critical=True)
            )


class TestChanged:
    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            (EnvironmentChanges(name="New"), "updateName"),
            (EnvironmentChanges(color="000000"), "updateColor"),
            (EnvironmentChanges(tags=("a",)), "updateTags"),
            (EnvironmentChanges(critical=True), "updateCritical"),
            (EnvironmentChanges(default_ttl_minutes=5), "updateTtl"),
            (EnvironmentChanges(secure_mode=True), "updateSecureMode"),
            (EnvironmentChanges(default_track_events=True), "updateDefaultTrackEvents"),
            (EnvironmentChanges(require_comments=True), "updateRequireComments"),
            (EnvironmentChanges(confirm_changes=True), "updateConfirmChanges"),
        ],
    )
    def test_each_change_takes_its_action(
        self, office: Office, changes: EnvironmentChanges, action: str
    ) -> None:
        before = stored(office)
        may = with_policy(allow("proj/*"), allow(TEST, to=action))
        may_not = with_policy(allow("proj/*"), allow(TEST, to="*"), deny(TEST, to=action))
        with pytest.raises(ForbiddenError, match=action):
            office.environments.update_environment(may_not, *PLACE, changes)
        changed = office.environments.update_environment(may, *PLACE, changes, comment="why")
        assert changed != before
        assert stored(office) == changed
        entry = newest(office)
        assert [access.action for access in entry.accesses] == [action]
        assert (entry.before, entry.after) == (before.snapshot(), changed.snapshot())
        assert entry.comment == "why"
        assert office.environments.update_environment(may_not, *PLACE, changes) == changed
        assert newest(office) == entry

    def test_the_tags_of_before_decide(self, office: Office) -> None:
        office.environments.update_environment(None, *PLACE, {"critical": True})
        careful = with_policy(
            allow("proj/*"),
            allow("proj/*:env/*", to="*"),
            deny("proj/*:env/*;{critical:true}", to="*"),
        )
        with pytest.raises(ForbiddenError):
            office.environments.update_environment(careful, *PLACE, {"critical": False})


class TestKeys:
    def test_the_old_sdk_key_lasts_as_long_as_is_said(self, office: Office) -> None:
        old = stored(office)
        new = office.environments.reset_sdk_key(None, *PLACE, old_key_until=START + DAY)
        assert stored(office) == new

        def owner(key: str) -> Environment | None:
            return office.accounts.find_environment_by_sdk_key(key, office.clock.now())

        old_key, new_key = old.sdk_key.reveal(), new.sdk_key.reveal()
        assert old_key != new_key
        assert owner(new_key) == owner(old_key) == new
        office.clock.advance(seconds=DAY.total_seconds())
        assert owner(new_key) == new
        assert owner(old_key) is None
        entry = newest(office)
        assert entry.verb == "reset the SDK key of"
        assert old_key not in str(entry)
        assert new_key not in str(entry)

    def test_without_a_moment_no_older_key_is_good(self, office: Office) -> None:
        first = stored(office).sdk_key.reveal()
        office.environments.reset_sdk_key(None, *PLACE, old_key_until=START + 2 * DAY)
        second = stored(office).sdk_key.reveal()
        office.environments.reset_sdk_key(None, *PLACE, old_key_until=START + DAY)
        third = stored(office).sdk_key.reveal()
        find = office.accounts.find_environment_by_sdk_key
        assert all(find(key, START) for key in (first, second, third))
        office.environments.reset_sdk_key(None, *PLACE)
        assert [find(key, START) for key in (first, second, third)] == [None] * 3

    def test_a_moment_has_to_be_in_the_future(self, office: Office) -> None:
        with pytest.raises(InvalidRequestError, match="not in the future"):
            office.environments.reset_sdk_key(None, *PLACE, old_key_until=START)

    def test_another_mobile_key(self, office: Office) -> None:
        old = stored(office)
        new = office.environments.reset_mobile_key(None, *PLACE)
        assert stored(office) == new
        assert new.mobile_key != old.mobile_key
        assert new.sdk_key == old.sdk_key

    def test_each_takes_its_action(self, office: Office) -> None:
        for_sdk = with_policy(allow("proj/*"), allow(TEST, to="updateApiKey"))
        for_mobile = with_policy(allow("proj/*"), allow(TEST, to="updateMobileKey"))
        office.environments.reset_sdk_key(for_sdk, *PLACE)
        office.environments.reset_mobile_key(for_mobile, *PLACE)
        with pytest.raises(ForbiddenError, match="updateApiKey"):
            office.environments.reset_sdk_key(for_mobile, *PLACE)
        with pytest.raises(ForbiddenError, match="updateMobileKey"):
            office.environments.reset_mobile_key(for_sdk, *PLACE)


class TestDeleted:
    def test_it_is_gone(self, office: Office) -> None:
        old = stored(office)
        sweeper = with_policy(allow("proj/*"), allow(TEST, to="deleteEnvironment"))
        office.environments.delete_environment(sweeper, *PLACE)
        with pytest.raises(NotFoundError):
            stored(office)
        assert office.accounts.find_environment_by_id(old.id) is None
        entry = newest(office)
        assert (entry.verb, entry.before, entry.after) == ("deleted", old.snapshot(), None)

    def test_only_by_whoever_may(self, office: Office) -> None:
        with pytest.raises(ForbiddenError, match="deleteEnvironment"):
            office.environments.delete_environment(office.principal(BuiltInRole.READER), *PLACE)

    def test_the_last_one_stays(self, office: Office) -> None:
        office.environments.delete_environment(None, *PLACE)
        with pytest.raises(InvalidRequestError, match="last environment of default"):
            office.environments.delete_environment(None, "default", "production")
