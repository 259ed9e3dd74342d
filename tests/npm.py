"""Clients from npm that tests run with node: those of a lock file, in a folder outside of the sources."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_INSTALL_SECONDS: Final = 300
_FILES: Final = ("package.json", "package-lock.json")


class NpmInstallError(Exception):
    """What a lock file names can't be installed here."""


@dataclass(frozen=True, slots=True)
class Node:
    """The programs of Node.js."""

    node: Path
    npm: Path

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a script; return what it printed."""
        # Servers of tests are on this machine: a proxy does not lead to them.
        environment = os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return subprocess.run(
            [str(self.node), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=environment,
            **options,
        )


def find_node() -> Node | None:
    """Return the programs, or None where they are not installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(node), Path(npm)) if node and npm else None


def install_locked(programs: Node, packages: Path) -> Path:
    """Install what a folder's lock file names, once for each lock file; return where `node_modules` is.

    Scripts of the packages are not run.

    Raises:
        NpmInstallError: npm fails, as it does where no registry is in reach.
    """
    content = b"\0".join((packages / name).read_bytes() for name in _FILES)
    folder = _cache() / hashlib.sha256(content).hexdigest()[:16]
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as parent:
        new = Path(parent) / "installed"
        new.mkdir()
        for name in _FILES:
            shutil.copy(packages / name, new)
        command = [str(programs.npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(
                command,
                cwd=new,
                capture_output=True,
                text=True,
                check=False,
                timeout=_INSTALL_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise NpmInstallError(f"npm took more than {_INSTALL_SECONDS} s") from error
        if done.returncode != 0:
            raise NpmInstallError(done.stderr[-2_000:])
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was quicker
                raise
    return folder


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "muster-tests" / "npm"
