"""--url, --token and --token-file: where a command works, and what a server may refuse."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from muster.access.policy import Policy
from muster.access.roles import BuiltInRole
from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.model import TokenKind
from muster.accounts.projects import ProjectDraft
from muster.cli.app import build_cli
from muster.remote.connection import Connection
from tests.cli.test_app import COMMANDS
from tests.cli.world import World
from tests.push.server import always, answer, serving

URL = "http://127.0.0.1:1"
GROUPS = {"projects", "environments", "segments", "token", "roles", "members", "audit"}
both = pytest.mark.parametrize("world", ["remote and local"], indirect=True)
on_the_server = pytest.mark.parametrize("world", ["remote"], indirect=True)


def asked(world: World) -> list[str]:
    """Return what commands have opened."""
    return [what for what, _ in world.runtime.asked]


def make_token(world: World, *, role: BuiltInRole | None = None, policy: Any = None) -> str:
    """Make a service token; return its secret."""
    inline = None if policy is None else Policy.parse(policy)
    made = world.tools.tokens.create_token("t", TokenKind.SERVICE, role=role, inline_policy=inline)
    return made.secret.reveal()


def test_these_commands_work_elsewhere_and_all_others_do_not(world: World) -> None:
    root = typer.main.get_command(build_cli(world.runtime))
    for command in COMMANDS:
        found = root
        for name in command:
            assert isinstance(found, typer.core.TyperGroup)
            found = found.commands[name]
        flags = {flag for parameter in found.params for flag in parameter.opts}
        assert ("--token-file" in flags) is (command[0] in GROUPS), command


@both
def test_a_flag_beats_the_variable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.run("projects", "list").exit_code == 0
    assert world.run("projects", "list", "--data-dir", "d").exit_code == 0
    assert world.run("projects", "list", "--database-url", "sqlite://").exit_code == 0
    assert asked(world) == ["connect", "open_tools", "open_tools"]
    refused = world.run("projects", "list", "--url", URL)
    assert refused.exit_code == 1
    assert f"no answer from {URL}/api/v2/projects: no connection" in refused.stderr
    monkeypatch.setenv("MUSTER_URL", "")
    assert world.run("projects", "list").exit_code == 0
    assert asked(world)[3:] == ["connect", "open_tools"]


@pytest.mark.parametrize("flags", [["--data-dir", "d"], ["--database-url", "sqlite://"]])
def test_a_server_and_a_data_directory_together_are_wrong_usage(
    world: World, flags: list[str]
) -> None:
    result = world.run("token", "list", "--url", URL, "--token", "api-t", *flags)
    assert (result.exit_code, asked(world)) == (2, [])
    assert f"--url: not together with {flags[0]}" in result.stderr


@pytest.mark.parametrize("flags", [["--token", "api-t"], ["--token-file", "f"]])
def test_a_token_without_a_server_is_wrong_usage(world: World, flags: list[str]) -> None:
    result = world.run("audit", "list", *flags)
    assert (result.exit_code, asked(world)) == (2, [])
    assert "it is only for --url" in result.stderr
    assert "api-t" not in result.output


@on_the_server
@pytest.mark.parametrize("how", ["flag", "file", "standard input"])
def test_ways_to_give_the_token(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("MUSTER_TOKEN", "api-another")
    secret = world.created.token.reveal()
    file = tmp_path / "token"
    file.write_text(secret + "\n")
    flags = {
        "flag": ["--token", secret],
        "file": ["--token-file", str(file)],
        "standard input": ["--token", "-"],
    }[how]
    result = world.run("roles", "list", *flags, input=f"{secret}\nmore\n")
    assert result.exit_code == 0, result.output
    assert world.run("roles", "list").exit_code == 1


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "set MUSTER_TOKEN, or give --token-file FILE or --token -"),
        (["--token", "-"], "an access token is needed"),
        (["--token", ""], "an access token is needed"),
        (["--token-file", "nowhere"], "nowhere can't be read: No such file"),
        (["--token-file", "nowhere", "--token", "api-t"], "not together with --token"),
    ],
)
def test_without_a_token_it_says_how_to_give_one(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = world.run("roles", "list", "--url", URL, *flags, input="")
    assert (result.exit_code, result.stdout, asked(world)) == (2, "", [])
    assert says in " ".join(result.stderr.split())


@on_the_server
@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("api-nobody-knows-this", "Nobody is known by this access token"),
        ("two words", "holds what no token does"),
        ("sdk-6c9e4a1e-0000-4000-8000-000000000000", "SDK key"),
    ],
)
def test_a_token_that_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch, token: str, says: str
) -> None:
    monkeypatch.setenv("MUSTER_TOKEN", token)
    result = world.run("projects", "list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr
    assert token not in result.output
    assert len(result.stderr.splitlines()) == 1


@on_the_server
def test_a_reader_reads_and_is_told_what_it_may_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_segment("hightouch-a", ["anna"])
    secret = make_token(world, role=BuiltInRole.READER)
    monkeypatch.setenv("MUSTER_TOKEN", secret)
    assert "Included         1\n" in world.run("segments", "show", "hightouch-a").stdout
    for command in (
        "segments members hightouch-a",
        "projects create shop",
        "projects delete default --yes",
        "environments reset-key test",
        "members create ada@example.com",
        "token create --name t --role admin",
    ):
        result = world.run(*command.split())
        assert (result.exit_code, result.stdout) == (1, ""), command
        assert result.stderr.startswith("Error: "), command
        assert len(result.stderr.splitlines()) == 1, command
        assert secret not in result.output


@on_the_server
def test_an_sdk_key_that_may_not_be_viewed_stays_masked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/*"]}
    monkeypatch.setenv("MUSTER_TOKEN", make_token(world, policy=[view]))
    hidden = world.run("environments", "show", "test", "--reveal")
    assert "sdk-********" in hidden.stdout
    sdk_key = world.tools.environments.get_environment(None, "default", "test").sdk_key
    assert sdk_key.reveal() not in hidden.output


@on_the_server
def test_who_may_not_view_a_project_does_not_learn_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_segment("hightouch-a", ["anna"])
    sync = {"actions": ["updateIncluded"], "resources": ["proj/*:env/*:segment/*"]}
    monkeypatch.setenv("MUSTER_TOKEN", make_token(world, policy=[{"effect": "allow", **sync}]))
    for command in ("segments members hightouch-a", "projects show default"):
        result = world.run(*command.split())
        assert (result.exit_code, result.stdout) == (1, "")
        assert "There is no project 'default'" in result.stderr
    assert world.run_json("projects", "list") == {"items": [], "totalCount": 0}


@on_the_server
def test_a_custom_role_that_may_not_be_viewed_goes_by_its_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = [{"effect": "allow", "actions": ["*"], "resources": ["proj/*"]}]
    world.run("roles", "create", "keeper", "--policy", json.dumps(statements))
    role_id = world.run_json("roles", "show", "keeper")["id"]
    made = world.run_json("token", "create", "--name", "c", "--custom-role", "keeper")
    assert made["customRoles"] == ["keeper"]
    only_tokens = [{**statements[0], "resources": ["service-token/*", "proj/*"]}]
    monkeypatch.setenv("MUSTER_TOKEN", make_token(world, policy=only_tokens))
    listed = world.run_json("token", "list")["items"]
    assert [role_id] in [one["customRoles"] for one in listed]
    why = world.run("token", "why", made["id"], "viewProject", "proj/default")
    assert (why.exit_code, why.stdout) == (1, "")
    assert f"the custom role with the id {role_id} allows is not this token's to view" in why.stderr


@on_the_server
def test_an_entry_of_the_audit_log_names_the_token(world: World) -> None:
    world.run("projects", "create", "shop")
    [entry] = world.run_json("audit", "list")["items"]
    assert (entry["kind"], entry["verb"], entry["tokenName"]) == ("project", "created", "bootstrap")


@on_the_server
def test_a_list_of_projects_is_one_request_until_one_has_many_environments(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[tuple[str, ...]] = []
    exchange = Connection._exchange

    def count(self: Connection, method: str, place: Any, query: Any, body: Any) -> httpx.Response:
        requests.append(tuple(place))
        return exchange(self, method, place, query, body)

    monkeypatch.setattr(Connection, "_exchange", count)
    for number in range(3):
        world.tools.projects.create_project(None, ProjectDraft(f"p{number}", "P"))
    assert world.run_json("projects", "list")["totalCount"] == 4
    assert requests == [("projects",)]

    for number in range(20):
        draft = EnvironmentDraft(f"e{number:02}", "E", "000000")
        world.tools.environments.create_environment(None, "p1", draft)
    requests.clear()
    projects = world.run_json("projects", "list")["items"]
    assert requests == [("projects",), ("projects", "p1", "environments")]
    assert [len(one["environments"]) for one in projects] == [2, 2, 22, 2]
    last = projects[2]["environments"][-1]
    assert world.run_json("environments", "show", last["id"])["key"] == last["key"] == "e19"


@on_the_server
def test_an_audit_log_longer_than_an_answer_is_read_to_its_end(world: World) -> None:
    for number in range(45):
        world.tools.tokens.create_token(f"t{number}", TokenKind.SERVICE, role=BuiltInRole.READER)
    names = [one["name"] for one in world.run_json("audit", "list")["items"]]
    assert names == [f"t{number}" for number in reversed(range(45))]
    assert len(world.run_json("audit", "list", "--limit", "41")["items"]) == 41


def test_a_server_that_is_no_muster(world: World) -> None:
    page = answer(200, "<html>\nhello</html>", "Content-Type: text/html")
    with serving(always(page)) as server:
        result = world.run("projects", "list", "--url", server.url, "--token", "api-t")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "and not as a Muster does" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "api-t" not in result.output
