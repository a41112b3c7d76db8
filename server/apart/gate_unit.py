# SPDX-License-Identifier: Apache-2.0
"""What the gate's unit needs beside a collector whose processes run apart.

Rules: what somebody wrote there stays; where no systemd runs nothing is written.
Not here: the unit (`packaging/linux/discreet-server-gate-apart.service`).
"""

from pathlib import Path
from urllib.parse import urlsplit

SETTINGS = Path("/etc/discreet-server/gate.conf")
SYSTEMD = Path("/run/systemd/system")
HTTPS_PORT = 443


def write(address: str, url: str, settings: Path = SETTINGS) -> bool:
    """Write the gate's settings unless they are there; tells whether it did.

    Args:
        address: of the store, for a gate.
        url: under which devices reach it.
        settings: the file.

    Raises:
        OSError: the disk refuses.
    """
    if settings.exists() or not SYSTEMD.is_dir():
        return False
    port = urlsplit(url).port or HTTPS_PORT
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"GATE=--store {address} --port {port}\n", "utf-8")
    return True
