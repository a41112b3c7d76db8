# SPDX-License-Identifier: Apache-2.0
"""The round `anchors`: the ledger is anchored, here and on another machine's disk.

What ended is told there too; each day devices get an anchor for their own ledgers.

Rules: an anchor within an hour of an act and each day; what the place outside lacks is
handed out again and again, so that an hour without it loses nothing.
Not here: an anchor's form and when it is due (`server/anchors.py`).
"""

from pathlib import Path

from server import anchor_trust, anchors
from server.errors import StateError
from server.keeper import telling
from server.keeper.bounds import ROUND_SECONDS
from server.keeper.desk import Desk
from server.statements import Statements
from wire.anchored import ANCHORED

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Write an anchor when one is due, and hand out what is missing outside.

    Raises:
        StateError: it cannot be written, or there is no place outside.
        TrustError: the ledger does not go on from its last anchor.
    """
    directory = anchors.place(desk.layout)
    if anchors.is_due(desk.ledger, directory, now):
        key = desk.keyring.keeper_key()
        anchors.anchor(desk.ledger, key, desk.tenant, directory, now)
        _lay_trust(desk, directory)
    _tell_devices(desk, directory, now)
    outside = desk.settings().anchors
    if outside is None:
        msg = (
            "anchors of the ledger stay on this machine, whose owner could rewrite "
            "both, and a restore of the whole machine would bring back what ended "
            "early: name another machine's disk in config.toml, [anchors] directory"
        )
        raise StateError(msg)
    telling.hand_out(desk)
    anchors.hand_out(directory, outside)
    anchor_trust.hand_out(directory, outside)


def _lay_trust(desk: Desk, directory: Path) -> None:
    """Write beside the anchors what says whose key signed them."""
    statements = Statements(desk.layout.authority / "statements.sqlite")
    try:
        anchor_trust.lay(statements, desk.tenant, directory)
    finally:
        statements.close()


def _tell_devices(desk: Desk, directory: Path, now: int) -> None:
    """Give devices the newest anchor, a day after the last one that they got."""
    kept = anchors.kept(directory)
    octets = desk.store.anchor(desk.tenant)
    if octets is not None:
        size = ANCHORED.decode(octets).size
        last = next((one for one in kept if one.size == size), None)
        if last is not None and 0 <= now - last.made < anchors.DAY:
            return
    key = desk.keyring.keeper_key()
    publics = anchors.signers(desk.ledger) | {key.public}
    octets = anchors.for_devices(kept[-1], desk.tenant, publics, key)
    desk.store.set_anchor(desk.tenant, octets)
