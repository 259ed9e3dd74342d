"""`muster token`: create, list and delete."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from muster.access.policy import Policy
from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, TokenKind
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest
from muster.core.secrets import hash_secret
from tests.cli.world import World, both_ways

pytestmark = both_ways

POLICY = [{"effect": "allow", "actions": ["update*"], "resources": ["proj/*:env/*:segment/*"]}]


def find_token(world: World, secret: str) -> AccessToken:
    """Return the token that requests carrying this secret are given."""
    token = world.token_store.find_token_by_hash(hash_secret(secret))
    assert token is not None
    return token


def test_the_secret_stands_alone_on_stdout(world: World) -> None:
    result = world.run("token", "create", "--name", "Hightouch", "--role", "writer")
    assert result.exit_code == 0
    assert re.fullmatch(r"api-[0-9a-f-]{36}\n", result.stdout)
    token = find_token(world, result.stdout.strip())
    assert (token.name, token.role, token.kind) == (
        "Hightouch",
        BuiltInRole.WRITER,
        TokenKind.SERVICE,
    )
    assert token.expires_at is None
    assert "Created the service token 'Hightouch' (role writer)" in result.stderr
    assert f"id {token.id}; it never expires" in result.stderr


def test_without_role_and_policy_a_token_may_only_read(world: World) -> None:
    created = world.run_json("token", "create", "--name", "ci", "--personal")
    token = find_token(world, created["secret"])
    assert (token.role, token.kind) == (BuiltInRole.READER, TokenKind.PERSONAL)
    assert created["id"] == token.id
    assert created["ending"] == created["secret"][-4:]
    assert created["policy"] is created["expiresAt"] is created["lastUsedAt"] is None


@pytest.mark.parametrize("how", ["argument", "file", "standard input"])
def test_a_policy_is_given_as_json_or_in_a_file(world: World, tmp_path: Path, how: str) -> None:
    text = json.dumps(POLICY)
    file = tmp_path / "policy.json"
    file.write_text(text)
    argument = {"argument": text, "file": str(file), "standard input": "-"}[how]
    result = world.run("token", "create", "--name", "p", "--policy", argument, input=text)
    assert result.exit_code == 0, result.output
    token = find_token(world, result.stdout.strip())
    assert token.role is None
    assert token.inline_policy == Policy.parse(POLICY)


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [
        ("[", "Not JSON"),
        ("[]", "one or more statements"),
        ('[{"effect": "perhaps"}]', "/0/effect: "),
        ("no-such-file.json", "no-such-file.json can't be read: No such file or directory."),
    ],
)
def test_what_is_no_policy_is_wrong_usage(world: World, policy: str, complaint: str) -> None:
    result = world.run("token", "create", "--name", "p", "--policy", policy)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "--policy" in result.stderr
    assert complaint in result.stderr
    assert world.runtime.asked == []


def test_a_role_and_a_policy_together_are_wrong_usage(world: World) -> None:
    flags = ["--role", "admin", "--policy", json.dumps(POLICY)]
    result = world.run("token", "create", "--name", "p", *flags)
    assert result.exit_code == 2
    assert "one of --role, --custom-role, --policy and" in result.stderr


def test_a_token_has_custom_roles(world: World) -> None:
    for key in ("keeper", "helper"):
        world.run("roles", "create", key, "--policy", json.dumps(POLICY))
    flags = ["--custom-role", "keeper", "--custom-role", "helper"]
    result = world.run("token", "create", "--name", "p", *flags)
    assert "'p' (custom roles: helper, keeper)" in result.stderr
    token = find_token(world, result.stdout.strip())
    assert [role.key for role in token.custom_roles] == ["helper", "keeper"]
    assert (token.role, token.inline_policy) == (None, None)
    assert "helper, keeper" in world.run("token", "list").stdout
    assert world.run_json("token", "list")["items"][0]["customRoles"] == ["helper", "keeper"]
    unknown = world.run("token", "create", "--name", "p", "--custom-role", "nowhere")
    assert unknown.exit_code == 1
    assert "Error: There is no custom role 'nowhere'." in unknown.stderr


def test_a_token_expires_when_it_is_told(world: World) -> None:
    created = world.run_json("token", "create", "--name", "short", "--expires", "90d")
    left = datetime.fromisoformat(created["expiresAt"]) - SystemClock().now()
    assert timedelta(days=89, hours=23) < left <= timedelta(days=90)

    created = world.run_json("token", "create", "--name", "long", "--expires", "2999-01-31")
    token = find_token(world, created["secret"])
    assert token.expires_at == datetime(2999, 1, 31, tzinfo=UTC)
    assert "2999-01-31 00:00 UTC" in world.run("token", "list").stdout


@pytest.mark.parametrize("when", ["yesterday", "2020-01-01"])
def test_an_expiry_that_is_none_is_wrong_usage(world: World, when: str) -> None:
    result = world.run("token", "create", "--name", "p", "--expires", when)
    assert result.exit_code == 2
    assert "Invalid value for --expires: " in result.stderr


def test_a_name_that_tokens_cannot_have_fails(world: World) -> None:
    result = world.run("token", "create", "--name", "")
    assert result.exit_code == 1
    assert result.stderr == "Error: A token's name has 1 to 256 printable characters.\n"


def test_the_list_shows_each_token_on_a_line_and_no_secret(world: World) -> None:
    secret = world.run("token", "create", "--name", "Two words", "--role", "admin").stdout.strip()
    token = find_token(world, secret)
    result = world.run("token", "list")
    title, *rows = result.stdout.splitlines()
    assert re.split(r"\s{2,}", title)[:4] == ["ID", "NAME", "KIND", "MAY"]
    by_id = {cells[0]: cells[1:] for cells in (re.split(r"\s{2,}", row) for row in rows)}
    assert by_id[token.id] == [
        *("Two words", "service", "admin", secret[-4:]),
        *("just now", "never", "never"),
    ]
    assert secret not in result.output

    listed = world.run_json("token", "list", "--limit", "1")
    assert listed["totalCount"] == 2
    assert len(listed["items"]) == 1
    assert "secret" not in listed["items"][0]
    assert (
        "1 of 2 tokens; continue with --offset 1."
        in world.run("token", "list", "--limit", "1").stderr
    )


def test_a_token_is_deleted(world: World) -> None:
    created = world.run_json("token", "create", "--name", "gone")
    result = world.run("token", "delete", created["id"], "--yes")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "Deleted the token 'gone'.\n"
    assert world.token_store.find_token(created["id"]) is None


def test_without_a_terminal_nothing_is_deleted_unasked(world: World) -> None:
    created = world.run_json("token", "create", "--name", "kept")
    result = world.run("token", "delete", created["id"], input="y\n")
    assert result.exit_code == 2
    assert "Invalid value for --yes: needed where there is no terminal to ask on" in result.stderr
    assert world.token_store.list_tokens(PageRequest()).total_count == 2


@pytest.mark.parametrize(("answer", "deleted"), [("y", True), ("n", False), ("", False)])
def test_on_a_terminal_it_asks_first(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: str, deleted: bool
) -> None:
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    created = world.run_json("token", "create", "--name", "perhaps [bold]")
    result = world.run("token", "delete", created["id"], input=f"{answer}\n")
    assert f"Delete the token 'perhaps [bold]', which ends in {created['ending']}" in result.stderr
    assert result.exit_code == (0 if deleted else 1)
    assert (world.token_store.find_token(created["id"]) is None) is deleted


def test_an_unknown_token_is_told_and_fails(world: World) -> None:
    result = world.run("token", "delete", "nowhere", "--yes")
    assert result.exit_code == 1
    assert "Error: There is no access token with the id 'nowhere'" in result.stderr


@pytest.mark.parametrize("command", [["delete"], ["why", "viewProject", "proj/default"]])
def test_a_secret_in_the_place_of_an_id_is_not_repeated(world: World, command: list[str]) -> None:
    made = world.run_json("token", "create", "--name", "n")
    result = world.run("token", command[0], made["secret"], *command[1:])
    assert result.exit_code == 2
    assert "this is a token's secret. Name the token by its id" in " ".join(result.stderr.split())
    assert made["secret"] not in result.output
    assert find_token(world, made["secret"]).id == made["id"]


def test_a_personal_token_of_a_member_is_made_on_the_machine(world: World) -> None:
    ada = world.run_json("members", "create", "ada@example.com", "--role", "reader")
    options = ("token", "create", "--name", "Ada's", "--role", "admin", "--personal", "--member")
    if world.remote:
        refused = world.run(*options, "ada@example.com")
        assert refused.exit_code == 1
        assert "takes the machine that has the data" in refused.stderr
        return
    for member in (ada["id"], "Ada@example.com"):
        made = world.run_json(*options, member)
        assert (made["kind"], made["memberId"]) == ("personal", ada["id"])
    # She never has more than she may do herself.
    why = ("token", "why", made["id"], "updateName", "proj/default")
    denied = world.run(*why)
    assert denied.exit_code == 1
    assert "its member may not: a token never has more" in denied.stdout
    assert "Its member has the built-in role reader: says nothing" in denied.stdout
    assert world.run("token", "why", made["id"], "viewProject", "proj/default").exit_code == 0
    nobody = world.run(*options, "bob@example.com")
    assert nobody.exit_code == 1
    assert "There is no member 'bob@example.com'" in nobody.stderr


def test_a_partner_s_token_is_as_narrow_as_can_be(world: World) -> None:
    created = world.run_json("token", "create", "--integration", "HighTouch")
    assert created["name"] == "hightouch to default/production"
    assert (created["kind"], created["role"]) == ("service", None)
    assert created["policy"] == [
        {
            "effect": "allow",
            "actions": ["createSegment", "updateIncluded"],
            "resources": ["proj/default:env/production:segment/hightouch-*"],
        }
    ]


def test_a_partner_s_environment_can_be_named_by_its_client_side_id(world: World) -> None:
    test = next(one for one in world.created.environments if one.key == "test")
    created = world.run_json(
        "token", "create", "--integration", "zeotap", "--environment", test.id, "--name", "z"
    )
    assert created["policy"][0]["resources"] == ["proj/default:env/test:segment/zeotap-*"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--integration", "hightuch"], "Did you mean hightouch?"),
        (["--integration", "nothing-like-it"], "Those there are: amplitude, "),
        (["--integration", "hightouch", "--role", "writer"], "one of --role, --custom-role"),
        (["--custom-role", "a", "--role", "writer", "--name", "n"], "one of --role, --custom-role"),
        (["--role", "writer"], "--name"),
        (["--name", "n", "--member", "ada@example.com"], "it is only for --personal"),
    ],
)
def test_what_can_not_be_meant_of_a_token_is_wrong_usage(
    world: World, options: list[str], complaint: str
) -> None:
    result = world.run("token", "create", *options)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.split())


def test_a_partner_s_environment_has_to_exist(world: World) -> None:
    result = world.run("token", "create", "--integration", "hightouch", "-e", "staging")
    assert result.exit_code == 1
    assert "There is no environment 'staging'" in result.stderr
