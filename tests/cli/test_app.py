"""How every command behaves: help, version, errors, exit codes, flags."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from muster import __version__
from muster.cli.app import build_cli
from muster.core.errors import UnavailableError
from tests.cli.world import World

COMMANDS = [
    ["serve"],
    ["projects", "list"],
    ["projects", "show"],
    ["projects", "create"],
    ["projects", "delete"],
    ["environments", "list"],
    ["environments", "show"],
    ["environments", "create"],
    ["environments", "delete"],
    ["environments", "reset-key"],
    ["segments", "list"],
    ["segments", "show"],
    ["segments", "members"],
    ["segments", "create"],
    ["segments", "add"],
    ["segments", "remove"],
    ["segments", "import"],
    ["segments", "export"],
    ["segments", "delete"],
    ["contexts", "search"],
    ["contexts", "kinds"],
    ["token", "create"],
    ["token", "list"],
    ["token", "why"],
    ["token", "delete"],
    ["roles", "list"],
    ["roles", "show"],
    ["roles", "create"],
    ["roles", "update"],
    ["roles", "delete"],
    ["members", "list"],
    ["members", "create"],
    ["members", "update"],
    ["members", "delete"],
    ["webhooks", "list"],
    ["webhooks", "show"],
    ["webhooks", "create"],
    ["webhooks", "update"],
    ["webhooks", "delete"],
    ["webhooks", "deliveries"],
    ["relay-configs", "list"],
    ["relay-configs", "show"],
    ["relay-configs", "create"],
    ["relay-configs", "reset"],
    ["relay-configs", "delete"],
    ["integration-configs", "list"],
    ["integration-configs", "show"],
    ["integration-configs", "delete"],
    ["requests", "list"],
    ["requests", "show"],
    ["audit", "list"],
    ["audit", "show"],
    ["catalog", "list"],
    ["catalog", "reload"],
    ["integration", "new"],
    ["integration", "validate"],
    ["integration", "try"],
    ["integration", "sample"],
    ["integration", "serve"],
    ["integration", "replay"],
    ["integration", "docs"],
    ["integration", "checklist"],
    ["integration", "pack"],
    ["backup"],
    ["restore"],
    ["version"],
]


def all_commands(command: typer.core.TyperGroup, path: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """Yield the path of every command that there is."""
    for name, child in command.commands.items():
        if isinstance(child, typer.core.TyperGroup):
            yield from all_commands(child, (*path, name))
        else:
            yield [*path, name]


def test_these_are_all_the_commands(world: World) -> None:
    root = typer.main.get_command(build_cli(world.runtime))
    assert isinstance(root, typer.core.TyperGroup)
    assert sorted(all_commands(root)) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_and_option_has_help_that_is_not_cut(
    world: World, command: list[str]
) -> None:
    result = world.run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.isascii()
    assert "…" not in result.stdout
    root = typer.main.get_command(build_cli(world.runtime))
    for name in command:
        assert isinstance(root, typer.core.TyperGroup)
        root = root.commands[name]
    assert root.help
    for parameter in root.params:
        assert getattr(parameter, "help", None), f"{' '.join(command)} {parameter.name}"
        assert parameter.opts[-1] in result.stdout or parameter.param_type_name == "argument"


@pytest.mark.parametrize("command", [[], ["segments"], ["token"], ["requests"], ["catalog"]])
def test_a_group_alone_shows_what_is_in_it(world: World, command: list[str]) -> None:
    result = world.run(*command)
    assert result.exit_code == 2
    assert "Commands" in result.output


def test_version(world: World) -> None:
    assert world.run("--version").stdout == f"muster {__version__}\n"
    assert world.run("version").stdout == f"muster {__version__}\n"
    assert world.run_json("version")["version"] == __version__


@pytest.mark.parametrize("arguments", [["nonsense"], ["segments", "show"], ["version", "--loud"]])
def test_wrong_usage_exits_2(world: World, arguments: list[str]) -> None:
    result = world.run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr


def test_an_error_of_muster_is_its_message_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UnavailableError("The disk is full.\nMake room.")

    monkeypatch.setattr(world.runtime, "serve", fail)
    result = world.run("serve")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "Error: The disk is full.\nMake room.\n"


def test_an_error_nobody_foresaw_is_told_without_its_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("api-secret")

    monkeypatch.setattr(world.runtime, "serve", fail)
    result = world.run("serve")
    assert result.exit_code == 1
    assert "(KeyError)" in result.stderr
    assert "MUSTER_TRACEBACK=1" in result.stderr
    assert "api-secret" not in result.output

    monkeypatch.setenv("MUSTER_TRACEBACK", "1")
    assert isinstance(world.run("serve").exception, KeyError)


def test_an_error_of_the_system_names_the_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/muster")

    monkeypatch.setattr(world.runtime, "serve", fail)
    assert world.run("serve").stderr == "Error: /srv/muster: Permission denied.\n"


def test_an_interrupt_exits_130(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.runtime, "serve", interrupt)
    result = world.run("serve")
    assert result.exit_code == 130
    assert "Traceback" not in result.output


@pytest.mark.parametrize("lines", [1, 200_000])
def test_a_pipe_that_closes_early_is_no_trouble(lines: int) -> None:
    """Whether the closed pipe shows while writing, or only when the last of the output is flushed."""
    program = (
        "import sys, typer\n"
        "from muster.cli.app import MusterGroup\n"
        "from muster.cli.output import print_line\n"
        "app = typer.Typer(cls=MusterGroup)\n"
        "@app.callback()\n"
        "def root(): pass\n"
        "@app.command()\n"
        f"def talk():\n"
        "    sys.stdin.read()\n"
        f"    for _ in range({lines}): sys.stdout.write('line' * 4 + chr(10))\n"
        "app(['talk'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.close()
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(timeout=30) == 1


def test_serve_hands_on_only_the_flags_that_were_given(world: World) -> None:
    assert world.run("serve").exit_code == 0
    result = world.run(
        *(
            "serve",
            "--host",
            "::1",
            "--port",
            "0",
            "--data-dir",
            "d",
            "--database-url",
            "sqlite://",
        ),
        *("--catalog", "one", "--catalog", "two", "--bootstrap-token", "api-token-of-the-test"),
        *("--public-url", "https://muster.example", "--log-format", "json", "--log-level", "debug"),
    )
    assert result.exit_code == 0
    assert world.runtime.asked == [
        ("serve", {}),
        (
            "serve",
            {
                "host": "::1",
                "port": 0,
                "data_dir": Path("d"),
                "database_url": "sqlite://",
                "catalog": [Path("one"), Path("two")],
                "bootstrap_token": "api-token-of-the-test",
                "public_url": "https://muster.example",
                "log_format": "json",
                "log_level": "debug",
            },
        ),
    ]


def test_commands_open_the_data_directory_that_is_named(world: World) -> None:
    world.run("segments", "list")
    world.run("requests", "list", "--data-dir", "d", "--database-url", "sqlite://")
    assert world.runtime.asked == [
        ("open_tools", {}),
        ("open_tools", {"data_dir": Path("d"), "database_url": "sqlite://"}),
    ]


def test_completion_can_be_shown(world: World) -> None:
    result = CliRunner().invoke(
        build_cli(world.runtime), [], env={"_MUSTER_COMPLETE": "source_bash"}, prog_name="muster"
    )
    assert result.exit_code == 0
    assert "complete" in result.stdout
