# SPDX-License-Identifier: Apache-2.0
"""An acquirer gets every row of a random fleet but those that may not go.

Rules: the reference knows what was planted and who was erased or restricted, and
nothing of the product.
Not here: each reason by itself (`test_transferring_exports.py`).
"""

import random

import pytest
from reader_fixture import table
from transfer_desk import transfer_desk, transfer_room  # noqa: F401 - fixtures
from transfer_room import TransferRoom

from server.keeper.desk import Desk
from wire.papers.decision import Role
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
PLANTED = (Purpose.SUPPORT, Purpose.SUPPORT, Purpose.SECURITY, Purpose.IMPROVEMENT)
"""Of the last two the policy keeps no such table, or nobody gets rows."""


@pytest.mark.parametrize("seed", range(4))
def test_random_fleets_go_whole_but_for_what_may_not(
    room: TransferRoom, desk: Desk, seed: int
) -> None:
    """By a reference that knows only what was planted: no row more, none less."""
    draw = random.Random(seed)  # noqa: S311 - a test's own
    site, names = room.site, ("ann", "bob", "cyd", "dee")
    devices = [site.enrol(f"Desk {number}") for number in range(4)]
    planted: list[tuple[str, bytes, str, str]] = []
    for number in range(20):
        purpose, speaker = draw.choice(PLANTED), draw.choice(devices)
        rows = [
            {"message": f"{number} {row}", "user.id": draw.choice(names)}
            for row in range(draw.randrange(1, 4))
        ]
        part = table("event_logs", rows, purpose)
        site.say(speaker, [part], purpose)
        planted += [
            (purpose.value, speaker.device, row["user.id"], row["message"])
            for row in rows
        ]
    erased, restricted = draw.sample(names, 2)
    left = [
        device
        for purpose, device, user, _ in planted
        if purpose == "support" and user not in {erased, restricted}
    ]
    away = draw.choice(left)
    room.erase(desk, erased)
    for value, kind in ((restricted, "user"), (away.hex(), "device")):
        matter = room.restriction_of(value, kind)
        room.ask(desk, matter)
        room.approve(desk, matter, "cy", Role.PRIVACY_OFFICER)
    room.told(desk)
    room.export(desk, room.decided(desk), rows=draw.choice((1, 5, 1_000)))
    found = sorted(
        (row["purpose"], row["device"], row["user.id"], row["message"])
        for head in room.heads(desk)
        for row in room.opened(desk, head).get("event_logs", [])
        if row["user.id"] is not None
    )
    assert found == sorted(
        (purpose, device.hex(), user, message)
        for purpose, device, user, message in planted
        if purpose == "support" and user not in {erased, restricted} and device != away
    )
