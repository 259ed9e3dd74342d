"""Making a certificate that a test trusts, by the program `openssl`."""

import shutil
import subprocess
from pathlib import Path

import pytest


def write_certificate(folder: Path, name: str) -> Path:
    """Return a file with a new self-signed certificate for a name, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("OPENSSL IS NOT INSTALLED: deliveries over TLS are not tested")
    key, certificate, both = (folder / one for one in ("key.pem", "cert.pem", "both.pem"))
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both.write_text(key.read_text() + certificate.read_text())
    return both
