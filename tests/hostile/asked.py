# SPDX-License-Identifier: Apache-2.0
"""Real orders, to which a device in hostile hands says what it likes.

Rules: orders are drafted, signed and sent as a technician's are, and come by the gate;
what answers them is sealed to the ticket's key, as an agent's answer is.
Not here: the agent (`sender.py`), pages that show the answers (`walking.py`).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from authorise_room import LOG_N, PASSPHRASE
from collector_process import Collector

from server.layout import Layout
from server.orders import drafting, sending
from server.orders.desk import open_desk
from server.person_keys import read_person_key
from technician import keys
from tests.hostile.corpus import cut, found_in
from tests.hostile.sender import CATALOGUE, Hostile, texts_of
from wire import limits
from wire.crypto.signing import SigningKey
from wire.doing import Doing
from wire.locked_key import TECHNICIAN
from wire.order_state import OrderState
from wire.orders import challenge, write_order
from wire.proofs import sign_request

if TYPE_CHECKING:
    from wire.values import Value

TICKET = "T-1"
PEOPLE = {"Lena": "ask", "Max": "approve"}
WORDS = {"host": "shop.example.test", "service": "cups"}


@dataclass(frozen=True)
class Told:
    """One order, and what the device says to it.

    Attributes:
        order: its id, in hex.
        diagnostic: what was asked.
        rows: that it sent; none where it said only that it failed.
        marks: of the texts that it said.
    """

    order: str
    diagnostic: str
    rows: int
    marks: frozenset[str]


def technicians(collector: Collector) -> list[SigningKey]:
    """Let the root name who asks and who approves; return their keys."""
    found = []
    for name, may in PEOPLE.items():
        path = collector.folder / name
        keys.make_key(path, name, PASSPHRASE, LOG_N)
        added = "add", f"{path}.public", "--may", may
        root = "--key", str(collector.folder / "offline" / "root.key")
        collector.ask("root", "technician", *added, *root)
        found.append(read_person_key(path, PASSPHRASE, TECHNICIAN))
    return found


def orders(
    collector: Collector, agent: Hostile, texts: Iterator[str], most: int
) -> Iterator[Told]:
    """Ask each diagnostic twice; yield how the device answered, and how it failed.

    Args:
        collector: whose technicians ask.
        agent: that answers.
        texts: with which it does.
        most: diagnostics, at most.
    """
    who = technicians(collector)
    with open_desk(Layout(collector.folder)) as desk:
        known = {name: CATALOGUE.datasets[name].diagnostic for name in desk.permitted()}
        asked = [(name, one) for name, one in sorted(known.items()) if one is not None]
        for name, declared in asked[:most]:
            given = [
                f"{one.name}={WORDS[one.name]}"
                for one in declared.parameters
                if one.default is None
            ]
            wish = (agent.stranger.device.hex(), name, given, TICKET, "looking", "Lena")
            for answers in (True, False):
                now = int(time.time())
                octets = drafting.draft(desk, drafting.Wish(*wish, 3_600), now)
                signers = who if declared.sensitive else who[:1]
                proofs = [sign_request(key, challenge(octets)) for key in signers]
                signed = write_order(octets, proofs)
                sent = sending.send(desk, [signed], now, "tests")
                answer = _answered if answers else _failed
                yield answer(agent, sent.id, name, texts)


def _answered(
    agent: Hostile, order: bytes, diagnostic: str, texts: Iterator[str]
) -> Told:
    key = agent.handed()[order]
    names = [name for name in texts_of(diagnostic) if name != "request"]
    rows: list[dict[str, Value]] = [
        {"request": order.hex(), **{name: next(texts) for name in names}}
        for _ in range(2)
    ]
    agent.answer(key, diagnostic, rows)
    agent.poll(Doing(order, OrderState.DONE, "", 0, 0))
    marks = {mark for row in rows for text in row.values() for mark in found_in(text)}
    return Told(order.hex(), diagnostic, len(rows), frozenset(marks))


def _failed(
    agent: Hostile, order: bytes, diagnostic: str, texts: Iterator[str]
) -> Told:
    agent.handed()
    reason = next(
        short for one in texts if found_in(short := cut(one, limits.REASON_CHARS))
    )
    agent.poll(Doing(order, OrderState.FAILED, reason, 0, 0))
    return Told(order.hex(), diagnostic, 0, frozenset(found_in(reason)))
