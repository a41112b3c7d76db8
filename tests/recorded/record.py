# SPDX-License-Identifier: Apache-2.0
"""Records an agent's state as this release writes it (`python -m`, from the checkout).

Rules: recorded once a release, and once more, with a number, where what it writes has
changed since; never again: a later one has to read each as it is; keys and envelopes
are of a collector that existed for this alone.
Not here: what is required of it (`tests/unit/agent/test_recorded_states.py`).
"""

import base64
import json
import sqlite3
import sys
import tempfile
import textwrap
import time
import zlib
from pathlib import Path

from collector_fixture import Collector, enrolled_device, fill, listening
from device_fixture import give_names
from installation_fixture import install

from agent.delivery.polling import open_session
from agent.delivery.receipts import ship_once
from agent.identity import trusted
from wire.purposes import Purpose
from wire.release import __version__

FOLDER = Path(__file__).parent
LEFT_OUT = {"agent.lock", "spool.reserve"}


def main(number: str = "") -> int:
    """Record the state of an agent that has shipped some envelopes and not others.

    Args:
        number: of the recording, where the release has one already.
    """
    place = FOLDER / "-".join(filter(None, ("state", __version__, number)))
    place = place.with_name(place.name + ".json")
    if place.exists():
        sys.stderr.write("this release is recorded already\n")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installation = install(folder)
        with listening(Collector(installation), folder) as server:
            device = enrolled_device(installation, server, folder / "state")
            give_names(device.state, installation)
            now = int(time.time())
            with open_session(device.who, None) as session:
                fill(device, 2)
                ship_once(session, device, trusted(device.state, device.who, now))
            fill(device, 3)
            with device.spool.transaction() as change:
                change.set_cursor(Purpose.SECURITY.value, "lines", b"41")
            facts = device.spool.facts()
            device.spool.close()
        database = sqlite3.connect(device.state.spool)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("VACUUM")
        database.close()
        told = {
            "version": __version__,
            "now": now,
            "device": device.who.device.hex(),
            "waiting": facts.waiting,
            "sequence": facts.sequence,
            "files": {
                one.name: _packed(one.read_bytes())
                for one in sorted(device.state.directory.iterdir())
                if one.is_file() and one.name not in LEFT_OUT
            },
        }
    place.write_text(json.dumps(told, indent=1) + "\n")
    return 0


def _packed(octets: bytes) -> list[str]:
    text = base64.b64encode(zlib.compress(octets, 9)).decode()
    return textwrap.wrap(text, 88)


def restored(place: Path, into: Path) -> dict[str, object]:
    """Write the files of a recorded state; return what is known of it.

    Args:
        place: the recording.
        into: a new directory.
    """
    told: dict[str, object] = json.loads(place.read_text())
    into.mkdir(mode=0o700)
    files = told["files"]
    if isinstance(files, dict):
        for name, lines in files.items():
            octets = zlib.decompress(base64.b64decode("".join(lines)))
            (into / name).write_bytes(octets)
            (into / name).chmod(0o600)
    return told


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
