# SPDX-License-Identifier: Apache-2.0
"""Asks the gate now and then whether it answers, as a device would reach it.

Rules: one connection to this machine, with the gate's own authority pinned, short and
without a key; who is told of the answers decides what they mean.
Not here: the gate (`server/gate`), who listens (`life.py`).
"""

import http.client
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECONDS = 20.0
"""Between two questions: a service's watchdog has room for several."""
_PATIENCE_SECONDS = 10.0
"""A gate that is full answers late; one that hangs, never."""
HEALTH = "/v1/health"
_GOOD = 200
HERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - where who listens on all can be reached


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the gate is asked.

    Attributes:
        host: where it listens.
        port: its port.
        authority: file of the certificate authority, DER.
        path: what is asked for.
    """

    host: str
    port: int
    authority: Path
    path: str = HEALTH

    def beats(self) -> bool:
        """Tell whether the gate answers."""
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=self.authority.read_bytes())
            context.check_hostname = False  # it is asked by an address of this machine
            connection = http.client.HTTPSConnection(
                HERE.get(self.host, self.host),
                self.port,
                timeout=_PATIENCE_SECONDS,
                context=context,
            )
            try:
                connection.request("GET", self.path)
                return connection.getresponse().status == _GOOD
            finally:
                connection.close()
        except (OSError, ValueError, http.client.HTTPException):
            return False


def watch(
    beats: Callable[[], bool], told: Callable[[bool], None], ended: threading.Event
) -> threading.Thread:
    """Ask until the end, in a thread of its own; return it.

    Args:
        beats: asks.
        told: hears each time what was answered.
        ended: set at the end.
    """

    def ask() -> None:
        while not ended.is_set():
            told(beats())
            ended.wait(SECONDS)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread
