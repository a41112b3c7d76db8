# SPDX-License-Identifier: Apache-2.0
"""What a sidecar does with its sockets: ask, listen, or look at headers.

Rules: every loop ends by time, by frames and by rows, whichever is first; nothing is
sent but the questions of a scan, at the rate that was told; no payload is kept.
Not here: the sockets (`packet_link.py`, `links.py`), what frames mean (`ethernet.py`,
`neighbour_frames.py`).
"""

import ipaddress
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from agent.budget import (
    SCAN_ADDRESSES,
    SCAN_ROUNDS,
    SCAN_WAIT_SECONDS,
    SIDECAR_ROWS,
)
from agent.sidecar.ethernet import answered, ask, headers
from agent.sidecar.neighbour_frames import parse_frame
from agent.sidecar.question import Answer, Link, Question, Task

if sys.platform == "win32":
    from agent.sidecar import links as sockets

    OpenLink = sockets.RawLink
else:
    from agent.sidecar import packet_link as sockets

    OpenLink = sockets.PacketLink

Row = dict[str, str]
Vendor = Callable[[bytes], str]
"""Returns who made a network card; empty where nobody knows."""


@dataclass(slots=True)
class _Frames:
    """Frames of the links, up to a number and a time."""

    links: Sequence[OpenLink]
    left: int
    end: float
    vendor: Vendor

    def until(self, moment: float) -> Iterator[tuple[int, bytes]]:
        """Yield number of the link and frame, up to a moment."""
        stop = min(moment, self.end)
        while self.left > 0:
            wait = stop - time.monotonic()
            if wait <= 0:
                return
            for link in sockets.waiting(self.links, wait):
                self.left -= 1
                frame = link.receive()
                if frame:
                    yield self.links.index(link), frame


def answer(question: Question, links: Sequence[OpenLink], vendor: Vendor) -> Answer:
    """Return what was found.

    Args:
        question: what to do.
        links: the open sockets, one for each link of the question.
        vendor: who made a network card.
    """
    end = time.monotonic() + question.milliseconds / 1_000
    frames = _Frames(links, question.packets, end, vendor)
    return _TASKS[question.task](question, frames)


def _scan(question: Question, frames: _Frames) -> Answer:
    found: dict[tuple[bytes, bytes], None] = {}
    cut = False
    for number, link in enumerate(question.links):
        one = replace(frames, links=frames.links[number : number + 1])
        cut |= _scan_link(question, link, one, found)
        frames.left = one.left
    rows = tuple(_host(address, mac, frames.vendor) for address, mac in found)
    over = frames.left <= 0 or len(rows) >= SIDECAR_ROWS
    return Answer(rows[:SIDECAR_ROWS], cut or over)


def _scan_link(
    question: Question,
    link: Link,
    frames: _Frames,
    found: dict[tuple[bytes, bytes], None],
) -> bool:
    """Ask for every address of a link; tell whether some were not asked for."""
    own_mac = bytes.fromhex(link.mac.replace(":", ""))
    own = ipaddress.IPv4Address(link.address)
    hosts = islice(ipaddress.IPv4Network(link.range).hosts(), SCAN_ADDRESSES)
    wanted = [item.packed for item in hosts if item != own]
    allowed = frozenset(wanted)
    there: set[bytes] = set()
    slot = time.monotonic()
    last = frames.end - SCAN_WAIT_SECONDS

    def hear(moment: float) -> None:
        for _, frame in frames.until(moment):
            told = answered(frame, own_mac)
            if told is not None and told[0] in allowed and len(found) < SIDECAR_ROWS:
                there.add(told[0])
                found[told] = None

    for turn in range(SCAN_ROUNDS):
        for address in wanted:
            if address in there:
                continue
            if slot > last or frames.left <= 0:
                hear(frames.end)
                return turn == 0
            frames.links[0].send(ask(own_mac, own.packed, address))
            slot = max(slot, time.monotonic()) + 1 / question.rate
            hear(slot)
    hear(time.monotonic() + SCAN_WAIT_SECONDS)
    return False


def _host(address: bytes, mac: bytes, vendor: Vendor) -> Row:
    row = {"host.ip": str(ipaddress.IPv4Address(address)), "host.mac": mac.hex(":")}
    name = vendor(mac)
    return {**row, "vendor": name} if name else row


def _listen(question: Question, frames: _Frames) -> Answer:
    """Wait for the first word of each link's switch."""
    rows: list[Row] = []
    silent = list(range(len(question.links)))
    while silent:
        listening = [frames.links[number] for number in silent]
        some = replace(frames, links=listening)
        heard = next(_heard(some), None)
        frames.left = some.left
        if heard is None:
            break
        place, row = heard
        number = silent.pop(place)
        rows.append({**row, "network.interface.name": question.links[number].interface})
    return Answer(tuple(rows), frames.left <= 0)


def _heard(frames: _Frames) -> Iterator[tuple[int, Row]]:
    for place, frame in frames.until(frames.end):
        row = parse_frame(frame)
        if row is not None:
            yield place, row


def _capture(_question: Question, frames: _Frames) -> Answer:
    """Return the headers of packets, until enough or over."""
    began = time.monotonic()
    rows: list[Row] = []
    for _, frame in frames.until(frames.end):
        passed = int((time.monotonic() - began) * 1_000)
        rows.append({"milliseconds": str(passed), **headers(frame)})
    return Answer(tuple(rows), frames.left <= 0)


_TASKS: dict[Task, Callable[[Question, _Frames], Answer]] = {
    Task.SCAN: _scan,
    Task.LISTEN: _listen,
    Task.CAPTURE: _capture,
}
