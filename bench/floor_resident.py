# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The floor of a resident agent: each sample read, sealed and safe on the disk.

Rules: as plainly as Python can: no policy, no purposes, no redaction, no signature, no
network; one key pair and one transaction a sample; no module of the product.
Not here: comparing (`footprint.py`, `passes.py`).

usage: python -I floor_resident.py SECONDS SPOOL
"""

import json
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if sys.platform == "win32":
    reason = "this floor is of Linux"
    raise ImportError(reason)

FILES = ("stat", "meminfo", "loadavg", "net/dev", "diskstats", "uptime")
SCHEMA = (
    "pragma journal_mode=wal; pragma synchronous=full;"
    "create table q(id integer primary key, b blob)"
)


def sample() -> bytes:
    """Return processor, memory, load, network, disks and every process as JSON."""
    found: dict[str, object] = {"time": time.time()}
    for name in FILES:
        with Path(f"/proc/{name}").open(encoding="ascii") as file:
            found[name] = [line.split() for line in file]
    room = os.statvfs("/")
    found["room"] = room.f_blocks, room.f_bfree, room.f_bavail, room.f_ffree
    found["processes"] = [
        told for place in Path("/proc").iterdir() if (told := process(place.name))
    ]
    return json.dumps(found, separators=(",", ":")).encode()


def process(pid: str) -> list[object]:
    """Return name, state, times and memory of a process; empty where it is none."""
    if not pid.isdigit():
        return []
    try:
        with Path(f"/proc/{pid}/stat").open(errors="replace") as file:
            before, _, after = file.read().rpartition(")")
    except OSError:
        return []
    told = after.split()
    return [pid, before.partition("(")[2], told[0], told[11], told[12], told[21]]


def sealer(spool: str) -> Callable[[], None]:
    """Return what takes, seals and keeps one sample."""
    server = X25519PrivateKey.generate().public_key()
    database = sqlite3.connect(spool, isolation_level=None)
    database.executescript(SCHEMA)

    def once() -> None:
        mine = X25519PrivateKey.generate()
        key = HKDF(SHA256(), 32, None, b"floor").derive(mine.exchange(server))
        sealed = AESGCM(key).encrypt(b"\0" * 12, zlib.compress(sample()), None)
        whole = mine.public_key().public_bytes_raw() + sealed
        database.execute("insert into q(b) values(?)", (whole,))

    return once


def main(every: float, spool: str) -> None:
    """Take, seal and keep a sample again and again."""
    once = sealer(spool)
    moment = time.monotonic()
    while True:
        once()
        moment += every
        time.sleep(max(0.0, moment - time.monotonic()))


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
