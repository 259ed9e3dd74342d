"""Five hundred hostile folders, through the command that a partner runs.

Each is told in a clear finding or usage error, in bounded time and memory, and never in a traceback.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import Result

from muster.cli.integration.validate import validate
from tests.cli.integration.workbench import Workbench
from tests.manifests.hostile.case import Hostile, lay_sound_integration
from tests.manifests.hostile.folders import hostile_folders
from tests.manifests.hostile.generated import generated_folders
from tests.manifests.hostile.manifests import hostile_manifests
from tests.manifests.hostile.svgs import hostile_svgs

pytestmark = pytest.mark.slow

TOTAL = 500
WRITTEN = [*hostile_svgs(), *hostile_manifests(), *hostile_folders()]
CASES = [*WRITTEN, *generated_folders(TOTAL - len(WRITTEN))]
WORKBENCH = Workbench(validate=validate)
FORMATS = ("json", "text", "github", "sarif")

MAX_CPU_SECONDS = 4
"""Nearly all take a tenth of one; the most, a megabyte of empty objects, one or two."""
MAX_WALL_SECONDS = 30
"""Whoever waits for a pipe waits for ever; a busy machine takes its time, too."""
MAX_MEMORY_BYTES = 512 * 1024 * 1024
"""Of a process of its own, all that it maps included."""

STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]")
"""What must not reach a terminal."""
STEERING_IN_JSON = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
"""What must not stand in JSON, which is for programs."""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, with one sound integration; gone after the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSTER_TRACEBACK", "1")
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    lay_sound_integration(tmp_path / "integrations" / "acme")
    yield tmp_path
    shutil.rmtree(tmp_path)


@contextmanager
def bounded_time() -> Iterator[None]:
    """Fail when the block takes too long, or waits."""

    def fail(*_: object) -> None:
        raise TimeoutError(f"It took more than {MAX_WALL_SECONDS} s.")

    former = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, MAX_WALL_SECONDS)
    began = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    assert time.process_time() - began < MAX_CPU_SECONDS


def check_output(output: str, steering: "re.Pattern[str]" = STEERING) -> None:
    """Fail where an output could steer a terminal, or is of a mistake of Muster's own."""
    assert not steering.search(output), ascii(output)
    assert "Traceback" not in output
    assert "nobody foresaw" not in output


def rules_of(document: str, output_format: str) -> set[str]:
    """Return which rules are broken, from a printed document."""
    found = json.loads(document)
    if output_format == "sarif":
        return {result["ruleId"] for result in found["runs"][0]["results"]}
    return {finding["rule"] for one in found["integrations"] for finding in one["findings"]}


def test_there_are_five_hundred() -> None:
    assert len(CASES) == TOTAL
    assert len({case.name for case in CASES}) == TOTAL
    assert len(WRITTEN) < TOTAL - 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_folder_is_told(checkout: Path, case: Hostile) -> None:
    case.lay(checkout / "integrations" / "acme")
    output_format = FORMATS[CASES.index(case) % len(FORMATS)]
    with bounded_time():
        result = WORKBENCH.run("validate", *case.args, "--format", output_format)
    check_result(result, case, output_format)


def check_result(result: Result, case: Hostile, output_format: str) -> None:
    """Fail unless a folder was told as it should be."""
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code in case.exit_codes, result.output
    is_json = output_format in {"json", "sarif"}
    check_output(result.stdout, STEERING_IN_JSON if is_json else STEERING)
    check_output(result.stderr)
    if result.exit_code == 2:
        assert result.stdout == ""
        assert "PATH" in result.stderr
        assert len(result.stderr) < 10_000
        return
    if is_json:
        rules = rules_of(result.stdout, output_format)
        assert case.rule is None or case.rule in rules
        assert rules or result.exit_code == 0
    elif case.rule is not None:
        assert case.rule in result.stdout


def limit_resources() -> None:
    """Let this process have so much memory and time, and no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


ALONE = [
    "SVG: billion laughs",
    "SVG: quadratic blow-up",
    "SVG: deep nesting",
    "SVG: many elements",
    "SVG: a hundred thousand colours",
    "not JSON: deep arrays",
    "no manifest: unknown keys",
    "manifest: form variables",
    "manifest: a template that nests",
    "folder: 100 MiB, and not of holes",
    "folder: 100 MiB of manifest.json",
    "folder: many large SVG files",
]


@pytest.mark.parametrize("name", ALONE)
def test_it_needs_no_more_than_some_memory_and_time(checkout: Path, name: str) -> None:
    [case] = [case for case in CASES if case.name == name]
    case.lay(checkout / "integrations" / "acme")
    done = subprocess.run(
        [sys.executable, "-m", "muster", "integration", "validate", *case.args],
        preexec_fn=limit_resources,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "MUSTER_TRACEBACK": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    output = (done.stdout + done.stderr).decode("utf-8")
    check_output(output)
    assert done.returncode in case.exit_codes, output[-2000:]
    assert case.rule is None or case.rule in output
