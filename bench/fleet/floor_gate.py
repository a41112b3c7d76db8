# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The floor of a gate: each batch verified, and safe on the disk before its answer.

Rules: as plainly as Python can: uvloop, one protocol by hand, one signature, SQLite
with synchronous=FULL and a group commit; no identity, no chain, no bounds, no receipt,
no store of devices; no module of the product.
Not here: comparing (`gate.py`).

usage: python -I floor_gate.py CERTIFICATE KEY STORE PUBLIC-KEY
"""

import asyncio
import sqlite3
import ssl
import sys
import threading
import time
from collections.abc import Callable
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if sys.platform == "win32":
    reason = "uvloop is not of Windows"
    raise ImportError(reason)

import uvloop

SIGNATURE, PLACE = 64, 12
"""A batch: its signature, its device (4 octets) and number (8), and what is sealed."""
SCHEMA = (
    "pragma page_size=16384; pragma journal_mode=wal; pragma synchronous=full;"
    "create table b(id integer primary key, ep int, seq int, ts real, body blob);"
    "create unique index u on b(ep, seq)"
)
_ANSWER = b"HTTP/1.1 202 Accepted\r\ncontent-length: 4\r\n\r\nok\r\n"


class Store(threading.Thread):
    """Commits all that came during the last commit, in one."""

    def __init__(self, path: str, loop: asyncio.AbstractEventLoop) -> None:
        """Begin."""
        super().__init__(daemon=True)
        self._path, self._loop = path, loop
        self._queue: list[tuple[bytes, Callable[[], None]]] = []
        self._some = threading.Event()
        self.start()

    def put(self, body: bytes, stored: Callable[[], None]) -> None:
        """Take a batch; `stored` is called once it is on the disk."""
        self._queue.append((body, stored))
        self._some.set()

    def run(self) -> None:
        """Commit for ever."""
        database = sqlite3.connect(self._path, isolation_level=None)
        database.executescript(SCHEMA)
        while self._some.wait():
            self._some.clear()
            batch, self._queue = self._queue, []
            if batch:
                database.execute("begin immediate")
                database.executemany(
                    "insert into b(ep, seq, ts, body) values(?, ?, ?, ?)",
                    [_row(body) for body, _ in batch],
                )
                database.execute("commit")
                self._loop.call_soon_threadsafe(_answer, batch)


def _row(body: bytes) -> tuple[int, int, float, bytes]:
    place = body[SIGNATURE : SIGNATURE + PLACE]
    device, number = place[:4], place[4:]
    return int.from_bytes(device), int.from_bytes(number), time.time(), body


def _answer(batch: list[tuple[bytes, Callable[[], None]]]) -> None:
    for _, stored in batch:
        stored()


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, store: Store, key: Ed25519PublicKey) -> None:
        """Store what a key has signed."""
        self._store, self._key = store, key
        self._heard = bytearray()
        self._needed = 0
        self._head = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none

    def data_received(self, data: bytes) -> None:
        """Verify and store each request that is whole."""
        self._heard += data
        while self._heard:
            if not self._needed and not self._begun():
                return
            if len(self._heard) < self._needed:
                return
            body = bytes(self._heard[self._head : self._needed])
            del self._heard[: self._needed]
            self._needed = 0
            self._key.verify(body[:SIGNATURE], body[SIGNATURE:])
            self._store.put(body, self._stored)

    def _begun(self) -> bool:
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._heard[:end]).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        self._head = end + 4
        self._needed = self._head + int(length)
        return True

    def _stored(self) -> None:
        self._transport.write(_ANSWER)


async def serve(certificate: str, key: str, path: str, public: str) -> None:
    """Serve until the process ends; print the port."""
    loop = asyncio.get_running_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    store = Store(path, loop)
    signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    server = await loop.create_server(
        lambda: Line(store, signer), "127.0.0.1", 0, ssl=context, backlog=4096
    )
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(*sys.argv[1:]))
