# SPDX-License-Identifier: Apache-2.0
"""Pushes figures to a receiver of OTLP each minute or so, in a thread of its own.

Rules: nothing waits for it; a push that fails is tried again a few times and then
left, for the next tells the same counters further on; that it fails, and that it does
no more, is a line of the log each, as is a part that is left out; the gate is asked
where it shows its figures, within seconds, and has no way out of its own.
Not here: the request (`otlp.py`), trying again (`server/formats/posting.py`).
"""

import hashlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from server.configuration_metrics import Metrics, Push, where
from server.errors import ServerError, UnreachableError
from server.figures.kept import Figures
from server.figures.listening import PATH, REQUEST_SECONDS
from server.formats import otlp, posting
from server.formats.sending import Target, target, tls_context
from server.gate import figures as of_gate
from server.layout import Layout
from server.logs import log
from server.watch.fleet import DECLARED, Fleet
from server.watch.otlp import Part, request
from wire.errors import WireError
from wire.release import __version__

PORT = 4_318
"""OTLP/HTTP's."""
METRICS = "/v1/metrics"
FLEET, GATE = "discreet-server", "discreet-gate"
END_SECONDS = 2.0
"""For a push under way when this ends; what it tells, the next start tells again."""
_GATE_BYTES = 1 << 20
"""A gate's text has some 10 kB."""
_LABEL = b"discreet/1/figures\x00"


@contextmanager
def pushed(
    layout: Layout, metrics: Metrics, tenant: bytes, ended: threading.Event
) -> Iterator[None]:
    """Push figures for as long as this lasts.

    Args:
        layout: the installation.
        metrics: what config.toml says of figures; nothing is pushed if it says nowhere.
        tenant: 16 bytes, of which a digest tells this collector from others.
        ended: set to end.

    Raises:
        UsageError: the receiver's name or its authority's file is none.
    """
    if metrics.push is None:
        yield
        return
    receiver = receiver_of(metrics.push)
    instance = instance_of(tenant)

    def run() -> None:
        with closing(Fleet(layout)) as fleet:
            figures = Figures(
                DECLARED, lambda these: fleet.look(these, int(time.time()))
            )
            parts = lambda: told(figures, metrics.gate, instance)  # noqa: E731 - short
            keep_pushing(receiver, parts, metrics.push_seconds, ended)

    thread = threading.Thread(target=run, name="push", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(END_SECONDS)


def receiver_of(push: Push) -> Target:
    """Return where figures are pushed, once its files were looked at.

    Raises:
        UsageError: it is no such place, or a file is none of certificates.
    """
    found = target(push.address, PORT, push.authority, below=True)
    tls_context(found)
    return found


def instance_of(tenant: bytes) -> str:
    """Return what tells this collector from others, and nothing else of it."""
    return hashlib.sha256(_LABEL + tenant).hexdigest()[:32]


def told(figures: Figures, gate: str, instance: str) -> list[Part]:
    """Return what the fleet's figures and a gate's say now.

    Args:
        figures: the fleet's.
        gate: where the gate shows its own; empty if nowhere.
        instance: of this collector.
    """
    parts = [Part(FLEET, instance, __version__, figures.text(), DECLARED)]
    if gate:
        text = gate_text(gate)
        parts.append(Part(GATE, instance, __version__, text, of_gate.DECLARED))
    return parts


def gate_text(gate: str, seconds: float = REQUEST_SECONDS) -> str:
    """Return a gate's figures; empty while it does not show them whole and in time.

    Args:
        gate: where it shows them.
        seconds: for the connection, and then for all that it says.
    """
    place = where(gate)
    line = http.client.HTTPConnection(place.host, place.port, timeout=seconds)
    try:
        with closing(line):
            line.connect()
            with _cut_after(line.sock, seconds):
                line.request("GET", PATH)
                answer = line.getresponse()
                octets = answer.read(_GATE_BYTES)
    except (OSError, http.client.HTTPException):
        return ""
    whole = answer.status == http.HTTPStatus.OK and answer.length == 0
    return octets.decode(errors="replace") if whole else ""


@contextmanager
def _cut_after(line: socket.socket, seconds: float) -> Iterator[None]:
    """End a connection on which an answer takes too long, however often a bit comes."""

    def cut() -> None:
        with suppress(OSError):
            ender.shutdown(socket.SHUT_RDWR)

    with closing(line.dup()) as ender:
        timer = threading.Timer(seconds, cut)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def keep_pushing(
    receiver: Target,
    parts: Callable[[], list[Part]],
    seconds: float,
    ended: threading.Event,
) -> None:
    """Push until `ended` is set.

    Args:
        receiver: where to.
        parts: returns what is to be told.
        seconds: from one push to the next.
        ended: set to end.
    """
    failing = ""
    while not ended.is_set():
        began = time.monotonic()
        try:
            why = push_once(receiver, parts(), ended)
        except (ServerError, WireError) as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - boundary: the next push goes on
            why = type(error).__name__
        if why != failing and not ended.is_set():
            if why:
                log("figures-not-pushed", why=why)
            elif failing:
                log("figures-pushed", level="info")
            failing = why
        ended.wait(max(0.0, seconds - (time.monotonic() - began)))


def push_once(receiver: Target, parts: list[Part], ended: threading.Event) -> str:
    """Push once; returns what was left out or not taken, in words, or nothing.

    Raises:
        ServerError: it cannot be reached, or does not take it.
    """

    def wait(pause: float) -> None:
        if ended.wait(pause):
            msg = "this ends"
            raise UnreachableError(msg)

    made = request(parts, int(time.time()))
    (answer,) = posting.post(receiver, METRICS, [made.octets], wait)
    why = [
        f"{part} shows no figures, or some that cannot be, and is left out"
        for part in made.left_out
    ]
    if count := otlp.refused(answer):
        why.append(f"{receiver.host} did not take {count} points")
    return "; ".join(why)
