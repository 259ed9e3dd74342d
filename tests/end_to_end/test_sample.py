"""Samples on a real server: a pasted command, and loads whose members are counted afterwards."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from muster.payloads.json import decode_body
from muster.payloads.sampling import SampleShape
from muster.payloads.turnover import make_batch, plan_turnover, take_turns
from muster.storage.files.catalog import bundled_integrations, read_catalog
from tests.end_to_end.harness import TOKEN, Muster, clean_environment, running
from tests.program import run_forked, start_forked


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server."""
    with running(tmp_path_factory.mktemp("sample") / "data") as started:
        yield started


def variables(server: Muster) -> dict[str, str]:
    """Return the variables of a shell that speaks to a server."""
    return clean_environment({"MUSTER_URL": server.url, "MUSTER_TOKEN": TOKEN})


def run(server: Muster, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return run_forked("integration", "sample", *args, variables=variables(server))


def members_after(key: str, shape: SampleShape, requests: int, sent: int) -> set[str]:
    """Return who is in the cohort once so many of a load's requests were applied."""
    integration = read_catalog([bundled_integrations()]).catalog.find(key)
    assert integration is not None
    parser = integration.parser
    assert parser is not None
    plan = plan_turnover(make_batch(parser, shape, 0), requests, 32, 32 * 1024 * 1024)
    batches = [make_batch(parser, shape, index) for index in range(plan.batches)]
    there: set[str] = set()
    for message in islice(take_turns(batches, plan.inside), sent):
        (cohort,) = parser.parse(decode_body(message.content)).cohorts
        there = there - set(cohort.removed) | set(cohort.added)
    return there


@pytest.mark.parametrize("key", ["amplitude", "hightouch", "rudderstack"])
def test_the_members_that_a_load_left_are_counted(server: Muster, key: str) -> None:
    shape = SampleShape(server.environment_id(), added=20, cohort_id="load", cohort_name="Load")
    options = ("--members", "20", "--cohort-id", "load", "--cohort-name", "Load")
    ran = run(server, key, "--load", "60", "--for", "3", *options, "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Sending to default/production" in ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    assert (told["sent"], told["statuses"]) == (180, {"204": 180})
    assert told["membersApplied"] == 3600
    there = members_after(key, shape, 180, 180)
    assert server.count(f"{key}-load") == len(there) > 1000
    assert server.includes(f"{key}-load", min(there))
    assert not server.includes(f"{key}-load", "user-000001")


def test_a_load_that_is_interrupted_tells_how_far_it_came(server: Muster, tmp_path: Path) -> None:
    options = ("hightouch", "--load", "50", "--for", "60", "--cohort-id", "interrupted")
    output = tmp_path / "summary"
    with output.open("w") as out:
        process = start_forked(
            "integration", "sample", *options, variables=variables(server), stdout=out
        )
        while "hightouch-interrupted" not in server.segments():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    summary = output.read_text()
    assert "of 3,000 requests" in summary
    assert "204 x" in summary
    assert "not sent" in summary


def test_the_printed_command_is_pasted(server: Muster) -> None:
    if shutil.which("curl") is None:
        pytest.skip("CURL IS NOT INSTALLED: the printed command was not run")
    options = ("--environment-id", server.environment_id(), "--cohort-id", "pasted")
    commands = run(server, "rudderstack", *options, "--members", "3", "--curl").stdout
    pasted = subprocess.run(
        ["sh", "-e"],
        input=commands,
        capture_output=True,
        text=True,
        check=True,
        env=variables(server),
    )
    assert pasted.stdout.startswith("HTTP/1.1 204")
    assert server.count("rudderstack-pasted") == 3


@pytest.mark.parametrize("removing", ["0", "3"])
def test_try_reads_what_sample_prints(server: Muster, removing: str) -> None:
    """Also where zeotap's manifest needs a body to add, and another to remove."""
    made = run(server, "zeotap", "--members", "4", "--remove", removing).stdout
    tried = subprocess.run(
        [sys.executable, "-m", "muster", "integration", "try", "zeotap", "-"],
        input=made,
        capture_output=True,
        text=True,
        check=True,
        env=variables(server),
    )
    assert "4 added, 0 removed" in tried.stdout
    assert ("0 added, 3 removed" in tried.stdout) is (removing == "3")
