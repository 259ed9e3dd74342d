"""Certificates for servers of tests."""

import shutil
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that nobody signed; return its file, and that of its key."""
    if shutil.which("openssl") is None:
        pytest.skip("OPENSSL IS NOT INSTALLED: connections over TLS are not tested")
    place, key = folder / "certificate.pem", folder / "key.pem"
    options = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=muster"
    )
    files = ["-keyout", str(key), "-out", str(place)]
    subprocess.run(
        ["openssl", *options.split(), "-addext", "subjectAltName=IP:127.0.0.1", *files],
        check=True,
        capture_output=True,
    )
    return place, key
