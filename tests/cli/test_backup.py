"""`muster backup` and `muster restore`."""

from pathlib import Path

from tests.cli.world import World


def test_backup_says_what_was_written(world: World, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    result = world.run("backup", str(target), "--data-dir", "d")
    assert result.exit_code == 0
    assert result.stdout == f"Wrote 12.3 MB to {target}, while the server ran.\n"
    assert result.stderr == ""
    assert world.runtime.asked == [("backup", {"data_dir": Path("d")})]

    world.runtime.server_is_running = False
    assert world.run("backup", str(target)).stdout == f"Wrote 12.3 MB to {target}.\n"


def test_backup_in_json(world: World, tmp_path: Path) -> None:
    shown = world.run_json("backup", str(tmp_path))
    assert shown == {"directory": str(tmp_path), "sizeBytes": 12_345_678, "online": True}


def test_restore_says_what_was_restored(world: World, tmp_path: Path) -> None:
    result = world.run("restore", str(tmp_path), "--database-url", "sqlite://")
    assert result.exit_code == 0
    assert result.stdout == f"Restored 12.3 MB from {tmp_path}. Start with `muster serve`.\n"
    assert world.runtime.asked == [("restore", {"database_url": "sqlite://"})]
    assert world.run_json("restore", str(tmp_path))["sizeBytes"] == 12_345_678
