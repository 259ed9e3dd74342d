"""`muster catalog`: list and reload."""

import re
from pathlib import Path

from muster.storage.files.catalog import bundled_integrations, read_catalog
from tests.cli.world import World


def test_the_list_shows_each_integration_on_a_line(world: World) -> None:
    result = world.run("catalog", "list")
    assert result.exit_code == 0
    assert result.stderr == ""
    title, *rows = result.stdout.splitlines()
    assert re.split(r"\s{2,}", title) == ["KEY", "NAME", "VERSION", "SYNCED SEGMENTS"]
    by_key = {key: rest for key, *rest in (re.split(r"\s{2,}", row) for row in rows)}
    hightouch = read_catalog([bundled_integrations()]).catalog.find("hightouch")
    assert hightouch is not None
    assert by_key["hightouch"] == [hightouch.manifest.name, hightouch.manifest.version, "yes"]


def test_what_is_broken_is_reported_and_left_out(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    (folder / "broken").mkdir(parents=True)
    (folder / "broken" / "manifest.json").write_text("{")

    result = world.run("catalog", "list", "--catalog", str(folder))
    assert result.exit_code == 0
    assert "broken" not in result.stdout
    assert result.stderr.startswith(f"Problem: {folder / 'broken' / 'manifest.json'}:")

    shown = world.run_json("catalog", "list", "--catalog", str(folder))
    assert len(shown["problems"]) == 1
    assert shown["totalCount"] == len(shown["items"])
    hightouch = next(item for item in shown["items"] if item["key"] == "hightouch")
    assert hightouch["syncedSegments"] is True


def test_reload_says_what_the_server_found(world: World) -> None:
    result = world.run("catalog", "reload", "--data-dir", "d")
    assert result.exit_code == 0
    assert re.fullmatch(r"The server has read its catalog: \d+ integrations\.\n", result.stdout)
    assert result.stderr == "Problem: one: is broken\n"
    assert world.runtime.asked == [("reload_catalog", {"data_dir": Path("d")})]
    assert world.run_json("catalog", "reload")["problems"] == ["one: is broken"]


def test_reload_without_a_server_fails(world: World) -> None:
    world.runtime.server_is_running = False
    result = world.run("catalog", "reload")
    assert result.exit_code == 1
    assert result.stderr == "Error: No server is running on data.\n"
