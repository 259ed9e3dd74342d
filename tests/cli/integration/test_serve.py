"""`muster integration serve`: what it asks of the program. What it prints: `test_sandbox_view.py`."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from muster.cli.integration.sandbox_view import JsonLinesView, TextView
from muster.cli.integration.serve import serve
from muster.cli.runtime import SandboxOptions
from muster.sync.simulation import DEFAULT_SHARES, Fault, FaultPlan
from tests.cli.world import World


def run(world: World, *args: str) -> Result:
    """Run the command over a runtime that records what it is asked."""
    app = typer.Typer(context_settings={"obj": world.runtime}, rich_markup_mode=None)
    app.command()(serve)
    return CliRunner().invoke(app, args)


def asked(world: World, *args: str) -> tuple[SandboxOptions, Any]:
    """Return the options of the sandbox that a command asks for, and the view."""
    result = run(world, *args)
    assert result.exit_code == 0, result.output
    name, what = world.runtime.asked[-1]
    assert name == "run_sandbox"
    return what["options"], what["observer"]


def test_with_nothing_said_nothing_is_simulated(world: World) -> None:
    options, view = asked(world, "acme")
    assert (options.integration, options.port, options.watch) == ("acme", 8080, False)
    assert options.faults is None
    assert isinstance(view, TextView)


def test_flags_are_handed_on(world: World) -> None:
    options, view = asked(world, "integrations/acme", "--port", "0", "--watch", "--json")
    assert (options.integration, options.port, options.watch) == ("integrations/acme", 0, True)
    assert isinstance(view, JsonLinesView)


def test_strict_has_sensible_faults(world: World) -> None:
    options, _ = asked(world, "acme", "--strict")
    assert options.faults == FaultPlan()
    again, _ = asked(world, "acme", "--strict")
    assert again.seed != options.seed


def test_each_fault_can_be_set(world: World) -> None:
    options, _ = asked(
        *(world, "acme", "--strict", "--rate-limit", "0", "--latency", "20", "--seed", "7"),
        *("--chance-409", "0.1", "--chance-429", "0", "--chance-500", "0.2", "--chance-503", "0.3"),
        *("--chance-timeout", "0.05", "--chance-reset", "0.15"),
    )
    assert options.seed == 7
    assert options.faults == FaultPlan(
        shares={
            Fault.CONFLICT: 0.1,
            Fault.TOO_MANY_REQUESTS: 0.0,
            Fault.INTERNAL_ERROR: 0.2,
            Fault.UNAVAILABLE: 0.3,
            Fault.TIMEOUT: 0.05,
            Fault.RESET: 0.15,
        },
        latency_milliseconds=(20, 20),
        requests_per_window=0,
    )


def test_one_fault_leaves_the_others_as_they_are(world: World) -> None:
    options, _ = asked(world, "acme", "--strict", "--chance-500", "0.5", "--latency", "1-9")
    assert options.faults is not None
    assert options.faults.shares == {**DEFAULT_SHARES, Fault.INTERNAL_ERROR: 0.5}
    assert options.faults.latency_milliseconds == (1, 9)


@pytest.mark.parametrize(
    "flag",
    [
        ("--rate-limit", "5"),
        ("--latency", "50"),
        ("--seed", "1"),
        *((f"--chance-{fault}", "0.1") for fault in Fault),
    ],
)
def test_no_flag_of_strict_is_passed_over_without_it(world: World, flag: tuple[str, str]) -> None:
    result = run(world, "acme", *flag)
    assert result.exit_code == 2
    assert flag[0] in result.stderr
    assert "--strict" in result.stderr
    assert world.runtime.asked == []


@pytest.mark.parametrize(
    "flags",
    [
        ("--latency", "fast"),
        ("--latency", "300-50"),
        ("--latency", "99999"),
        ("--chance-409", "1.5"),
        ("--chance-409", "0.6", "--chance-500", "0.6"),
        ("--rate-limit", "-1"),
        ("--port", "70000"),
    ],
)
def test_what_can_not_be_is_a_usage_error(world: World, flags: tuple[str, ...]) -> None:
    assert run(world, "acme", "--strict", *flags).exit_code == 2
    assert world.runtime.asked == []
