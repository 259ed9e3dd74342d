"""`muster segments create | add | remove | import | export | delete`, with the program's runtime, each way:

beside a running server, through its control socket; without one, on the data directory; and on a server
elsewhere, over the REST API.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from muster.bootstrap.runtime import ProgramRuntime
from muster.cli.app import build_cli
from tests.end_to_end.harness import TOKEN, MakeToken, Muster, clean_environment, running, start
from tests.program import start_forked

WAYS = ("beside a server", "without a server", "over the REST API")
_numbers = count(1)


@dataclass(frozen=True)
class Way:
    """One way to run commands.

    Attributes:
        variables: that lead them there.
        has_server: whether a server runs meanwhile.
    """

    variables: dict[str, str]
    folder: Path

    def run(self, *arguments: str, **options: Any) -> Result:
        """Run `muster segments` in this process, its output going to a pipe."""
        unset = {name: None for name in os.environ if name.startswith("MUSTER_")}
        command = build_cli(ProgramRuntime(), "segments")
        return CliRunner(env={**unset, **self.variables}).invoke(
            command, ["segments", *arguments], **options
        )

    def told(self, *arguments: str, **options: Any) -> str:
        """Run a command that succeeds; return what it tells beside its output."""
        done = self.run(*arguments, **options)
        assert done.exit_code == 0, done.output
        return done.stderr

    def refused(self, *arguments: str, code: int = 1, **options: Any) -> str:
        """Run a command that fails; return what it says of that."""
        done = self.run(*arguments, **options)
        assert (done.exit_code, done.stdout) == (code, ""), done.output
        return done.stderr

    def shown(self, *arguments: str, **options: Any) -> Any:
        """Run a command with --json that succeeds; return what it prints."""
        done = self.run(*arguments, "--json", **options)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def piped(self, command: str) -> tuple[str, str]:
        """Run a command of a shell, in which `muster` is that; return what it printed, and told."""
        shell = f"muster() {{ '{sys.executable}' -m muster \"$@\"; }}; {command}"
        done = subprocess.run(
            ["bash", "-c", shell],
            capture_output=True,
            check=True,
            text=True,
            timeout=120,
            env=clean_environment(self.variables),
        )
        return done.stdout, done.stderr

    def new_segment(self, *flags: str) -> str:
        """Make a segment; return its key."""
        key = f"s{next(_numbers)}"
        self.told("create", key, *flags)
        return key

    def members(self, key: str) -> list[str]:
        """Return those that a big segment includes."""
        return self.run("export", key).stdout.splitlines()

    def write(self, content: str | bytes) -> str:
        """Write a file; return its name."""
        file = self.folder / f"file-{next(_numbers)}.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(file)


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """Each way, on an installation of its own."""
    folder = tmp_path_factory.mktemp("muster")
    with running(folder / "data") as server:
        if request.param == "without a server":
            server.stop()
        if request.param == "over the REST API":
            elsewhere = tmp_path_factory.mktemp("elsewhere")
            yield Way({"MUSTER_URL": server.url, "MUSTER_TOKEN": TOKEN}, elsewhere)
        else:
            yield Way({"MUSTER_DATA_DIR": str(server.data_dir)}, folder)


class TestEachKind:
    def test_one_without_rules_yet(self, way: Way) -> None:
        made = way.shown("create", "plain", "--name", "Plain", "--tag", "b", "--tag", "a")
        assert (made["kind"], made["name"], made["tags"]) == ("rule-based", "Plain", ["a", "b"])
        said = way.told("add", "plain", "ann", "bob", "ann")
        assert said == "The segment plain has 2 included and 0 excluded members.\n"
        way.told("add", "plain", "acme", "--context-kind", "org")
        way.told("add", "plain", "eve", "--excluded", "--comment", "left")
        found = way.shown("remove", "plain", "bob", "nobody")
        assert found["included"] == {"user": ["ann"], "org": ["acme"]}
        assert found["excluded"] == {"user": ["eve"]}
        for command in (["import", "plain", way.write("a\n")], ["export", "plain"]):
            assert "is not big" in way.refused(*command)
        assert "`muster segments add plain --file FILE`" in way.refused(
            "import", "plain", way.write("a\n")
        )
        assert way.told("delete", "plain", "--yes") == (
            "Deleted the segment plain of default/production.\n"
        )
        assert "There is no segment 'plain'" in way.refused("delete", "plain", "--yes")

    def test_a_big_one(self, way: Way) -> None:
        made = way.shown("create", "orgs", "--big", "--context-kind", "org", "-e", "test")
        assert (made["kind"], made["contextKind"]) == ("list-based", "org")
        # The kind is that of the segment: nobody has to repeat it, and no other is taken for it.
        said = way.told("add", "orgs", "--file", "-", "-e", "test", input="acme\r\n\nglobex\nacme")
        assert said == "The segment orgs has 2 included and 0 excluded members.\n"
        wrong = way.refused("add", "orgs", "ann", "--context-kind", "user", "-e", "test")
        assert "holds contexts of kind org" in wrong
        found = way.shown("remove", "orgs", "acme", "--context-kind", "org", "-e", "test")
        assert (found["includedCount"], found["excludedCount"]) == (1, 0)
        assert way.run("export", "orgs", "-e", "test").stdout == "globex\n"

    def test_what_is_changed_by_hand_was_never_synced(self, way: Way) -> None:
        way.told("create", "plain", "--tag", "hand")
        way.told("create", "big", "--big")
        assert way.shown("show", "big")["changedAt"] is None
        way.told("add", "plain", "ann")
        assert way.told("import", "big", way.write("ann\n")) == (
            "Imported 1 row: 1 member added, 0 removed, 0 there already.\n"
        )
        assert way.told("add", "big", "eve", "--excluded") == (
            "The segment big has 1 included and 1 excluded member.\n"
        )
        assert way.told("export", "big") == "Exported 1 member of big.\n"
        for key in ("plain", "big"):
            assert "Last synced" not in way.run("show", key).stdout
            assert way.shown("show", key)["syncedAt"] is None
        assert "Members changed" not in way.run("show", "plain").stdout
        assert re.search(
            r"^Members changed +\d.* UTC ", way.run("show", "big").stdout, re.MULTILINE
        )
        listed = [line.split() for line in way.run("list").stdout.splitlines()]
        assert {row[0]: row[-1] for row in listed if row[0] in ("plain", "big")} == {
            "plain": "-",
            "big": "-",
        }
        way.told("delete", "plain", "--yes")

    def test_a_synced_one_takes_no_members_by_hand(self, way: Way) -> None:
        if "MUSTER_URL" not in way.variables:
            pytest.skip("a sync request needs a server; the same service refuses each way")
        key = sync(way, "vip", "ann")
        assert "synced by rudderstack" in way.refused("add", key, "bob")
        assert "synced by rudderstack" in way.refused("import", key, way.write("bob\n"))
        assert way.members(key) == ["ann"]
        synced_at = way.shown("show", key)["syncedAt"]
        assert way.shown("add", key, "ann", "--excluded")["excludedCount"] == 1
        assert way.shown("show", key)["syncedAt"] == synced_at


def sync(way: Way, cohort: str, *members: str) -> str:
    """Send a sync request, as RudderStack does; return the segment's key."""
    url, headers = way.variables["MUSTER_URL"], {"Authorization": TOKEN}
    places = httpx.get(f"{url}/api/v2/projects/default/environments", headers=headers).json()
    [environment] = [one["_id"] for one in places["items"] if one["key"] == "production"]
    body = {
        "environmentId": environment,
        "cohortId": cohort,
        "cohortName": cohort,
        "listData": {"add": [{"id": key} for key in members]},
    }
    path = f"{url}/api/v2/segment-targets/rudderstack"
    assert httpx.post(path, json=body, headers=headers).status_code == 204
    return f"rudderstack-{cohort}"


class TestImporting:
    def test_keys_are_merged_then_replaced_and_counted(self, way: Way) -> None:
        key = way.new_segment("--big")
        way.told("add", key, "old")
        numbers = "".join(f"{number}\n" for number in range(12_345))
        assert way.told("import", key, way.write(numbers)) == (
            "Imported 12,345 rows: 12,345 members added, 0 removed, 0 there already.\n"
        )
        assert len(way.members(key)) == 12_346
        some = way.write('1,further\n"a,b"\n1\n')
        replaced = way.shown("import", key, some, "--replace", "--yes")
        counts = ("rowCount", "added", "removed", "unchanged", "badRowCount")
        assert replaced["status"] == "complete"
        assert [replaced[name] for name in counts] == [3, 1, 12_345, 1, 0]
        assert way.members(key) == ["1", '"a,b"']

    def test_bad_rows_are_named_by_line_and_nothing_is_imported(self, way: Way) -> None:
        key = way.new_segment("--big")
        bad = way.write(f"good\n{'k' * 257}\n,no key\n")
        expected = "expected a context's key: a string of 1 to 256 characters"
        assert way.refused("import", key, bad).splitlines() == [
            f"line 2: found a string of 257 characters, {expected}",
            f"line 3: found an empty string, {expected}",
            (
                "Error: Rows without a context's key: 2. Nothing was imported; mend them and import the "
                "file again."
            ),
        ]
        done = way.run("import", key, bad, "--json")
        report = json.loads(done.stdout)
        assert (done.exit_code, report["status"], report["added"]) == (1, "stopped", 0)
        assert [one["line"] for one in report["badRows"]] == [2, 3]
        binary = way.refused("import", key, way.write(b"ok\n\xff\xfe\n"))
        assert binary.startswith("line 1: it is not UTF-8")
        assert way.members(key) == []

    def test_what_removes_others_is_confirmed(self, way: Way) -> None:
        key = way.new_segment("--big")
        way.told("add", key, "kept")
        file = way.write("new\n")
        for command in (["import", key, file, "--replace"], ["delete", key]):
            assert "--yes" in way.refused(*command, code=2)
        assert way.members(key) == ["kept"]
        assert "does not exist" in way.refused("import", key, "nowhere.csv", code=2)


class TestKeysOfAFile:
    def test_more_than_one_request_takes(self, way: Way) -> None:
        key = way.new_segment("--big")
        # As long as keys can be, of characters that JSON writes with six.
        keys = [f"{number:05}" + "\x01" * 251 for number in range(2_000)]
        file = way.write("\n".join(keys))
        assert way.told("add", key, "--file", file) == (
            f"The segment {key} has 2,000 included and 0 excluded members.\n"
        )
        assert way.told("remove", key, "--file", file).endswith(
            "0 included and 0 excluded members.\n"
        )

    def test_only_a_line_feed_ends_a_key(self, way: Way) -> None:
        key = way.new_segment()
        odd = ["a\u2028b", "c\x0bd", "é"]
        file = way.write("\ufeff" + "\r\n".join(odd))
        assert way.shown("add", key, "--file", file)["included"] == {"user": odd}

    def test_a_bad_one_is_named_by_line_and_nothing_is_changed(self, way: Way) -> None:
        key = way.new_segment("--big")
        keys = [str(number) for number in range(1_500)]
        said = way.refused("add", key, "--file", way.write("\n".join([*keys, "k" * 257])))
        assert said.splitlines() == [
            "line 1501: found a string of 257 characters",
            (
                "Error: Keys that no context can have: 1 of 1,501. Nothing was changed; mend them and "
                "run the command again."
            ),
        ]
        assert way.refused("add", key, "ok", "").startswith("ID 2: found an empty string")
        said = way.refused("add", key, "--file", way.write(b"ok\n\xff\n"))
        assert (said.startswith("Error: line 2 of "), "is not UTF-8" in said) == (True, True)
        assert "name at least one key" in way.refused("add", key, code=2)
        assert "No such file" in way.refused("add", key, "--file", "nowhere.txt")
        assert way.members(key) == []


def test_an_export_goes_to_a_pipe_or_a_file_and_comes_back(way: Way) -> None:
    key = way.new_segment("--big")
    odd = ["a,b", 'say "hi"', "line\nbreak", "zoë", " space "]
    numbers = [f"{number:06}" for number in range(25_000)]
    way.told("import", key, way.write("\n".join(numbers)))
    for one in odd:
        way.told("add", key, one)
    counted, said = way.piped(f"muster segments export {key} | wc -l")
    # One key holds a line break.
    assert counted.strip() == "25006"
    assert said == f"Exported 25,005 members of {key}.\n"
    file = way.folder / "out.csv"
    way.told("export", key, "--output", str(file))
    again = way.new_segment("--big")
    way.told("import", again, str(file))
    assert way.run("export", again).stdout == file.read_text()
    assert way.piped(f"muster segments export {key} | head -1") == (" space \n", "")


def test_what_is_not_there_or_there_already(way: Way) -> None:
    key = way.new_segment()
    assert "has a segment" in way.refused("create", key)
    assert "There is no segment 'none'" in way.refused("add", "none", "ann")
    assert "nowhere" in way.refused("create", "x", "-e", "nowhere")
    assert "key" in way.refused("create", "a b")


class TestElsewhere:
    def test_a_reader_is_told_in_a_line(
        self, server: Muster, make_token: MakeToken, tmp_path: Path
    ) -> None:
        admin = Way({"MUSTER_URL": server.url, "MUSTER_TOKEN": TOKEN}, tmp_path)
        admin.told("create", "kept", "--big")
        token = make_token("--role", "reader")
        reader = Way({"MUSTER_URL": server.url, "MUSTER_TOKEN": token}, tmp_path)
        # So large that the server has refused it before all of it is sent.
        file = reader.write("a" * 100 + "\n" + "0123456789\n" * 2_000_000)
        for command in (
            ["create", "new"],
            ["add", "kept", "ann"],
            ["import", "kept", file],
            ["delete", "kept", "--yes"],
            ["export", "kept"],
        ):
            said = reader.refused(*command)
            assert said.startswith("Error: The token 'Token 0' may not "), said
            assert len(said.splitlines()) == 1
        assert reader.shown("show", "kept")["includedCount"] == 0
        exported = tmp_path / "exported.csv"
        exported.write_text("of yesterday\n")
        reader.refused("export", "kept", "--output", str(exported))
        assert exported.read_text() == "of yesterday\n"
        assert list(tmp_path.glob("exported*")) == [exported]

    def test_the_token_of_standard_input_is_read_once(self, server: Muster, tmp_path: Path) -> None:
        way = Way({"MUSTER_URL": server.url}, tmp_path)
        said = way.told("create", "piped", "--big", "--token", "-", input=f"{TOKEN}\n")
        assert said == "Created the segment piped in default/production.\n"
        said = way.told("add", "piped", "ann", "--token", "-", input=f"{TOKEN}\n")
        assert said == "The segment piped has 1 included and 0 excluded members.\n"
        both = way.refused("add", "piped", "--file", "-", "--token", "-", code=2, input=TOKEN)
        assert "not - together with --token -" in both


def test_an_import_that_was_killed_is_completed_by_the_next(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    server.stop()
    way = Way({"MUSTER_DATA_DIR": str(server.data_dir)}, tmp_path)
    way.told("create", "s", "--big")
    file = way.write("".join(f"{number:08}\n" for number in range(400_000)))
    kill_while_importing(way, "s", file)
    # Applied by the next process: first what is left of the other.
    done = way.shown("import", "s", way.write("one\n"))
    assert (done["status"], done["added"]) == ("complete", 1)
    found = way.run("show", "s", "--json")
    assert json.loads(found.stdout)["includedCount"] == 400_001


def test_an_import_that_is_interrupted_says_what_becomes_of_it(way: Way) -> None:
    key = way.new_segment("--big")
    rows = 1_000_000
    file = way.write("".join(f"{number:08}\n" for number in range(rows)))
    process = subprocess.Popen(
        [sys.executable, "-m", "muster", "segments", "import", key, file],
        cwd=way.folder,
        env=clean_environment(way.variables),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while way.shown("show", key)["includedCount"] == 0:
        assert time.monotonic() < deadline, "the import has not begun"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.startswith("Interrupted. The import ")
    assert f"`muster segments show {key}` tells how many members are in." in said
    if "MUSTER_URL" not in way.variables:  # where no server runs, another import carries it out
        other = way.new_segment("--big")
        while "in progress" in way.run("import", other, way.write("one\n")).stderr:
            assert time.monotonic() < deadline
    while way.shown("show", key)["includedCount"] < rows:
        assert time.monotonic() < deadline


def kill_while_importing(way: Way, key: str, file: str) -> None:
    """Begin to import a file, and kill that when the file is kept and being applied."""
    process = start_forked(
        *("segments", "import", key, file),
        variables=clean_environment(way.variables),
        folder=way.folder,
    )
    kept = Path(way.variables["MUSTER_DATA_DIR"]) / "transfers"
    deadline = time.monotonic() + 60
    while not any(one.is_file() and not one.name.startswith(".") for one in kept.rglob("*")):
        assert process.poll() is None, "the import has ended"
        assert time.monotonic() < deadline, "the import has not begun"
        time.sleep(0.01)
    time.sleep(0.5)
    assert process.poll() is None, "the import has ended"
    process.send_signal(signal.SIGKILL)
    process.wait()
