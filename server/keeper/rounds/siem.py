# SPDX-License-Identifier: Apache-2.0
"""The round `siem`: each entry of the ledger goes to a SIEM, in order, over TLS.

Rules: an entry counts as sent when the receiver ended the connection in which it was
sent; until then it is sent again, so none is lost and one may come twice, with its
number and digest; to another address all of it goes, and the ledger names that first.
Not here: a line's form (`server/ledger_export.py`), TLS (`server/formats/sending.py`).
"""

from itertools import islice

from server import ledger_export
from server.configuration_siem import Siem
from server.formats import sending
from server.formats.pushing import PORTS
from server.formats.sending import Target
from server.formats.syslog import NAME
from server.keeper.bounds import ROUND_SECONDS, SIEM_LINES
from server.keeper.desk import Desk
from server.register import siem
from wire.release import __version__

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Send what is new, as far as one turn goes.

    Raises:
        UnreachableError: the receiver cannot be reached, or does not take it.
        TrustError: it does not prove its name.
        UsageError: config.toml names no machine, or no file of certificates.
    """
    where = desk.settings().siem
    if where is None:
        return
    target = _target(where)
    number = _begun(desk, where.address, now)
    batch = list(islice(desk.ledger.entries(number), SIEM_LINES))
    if not batch:
        return
    lines = ledger_export.lines(iter(batch), NAME, desk.tenant, __version__)
    sending.send_syslog(target, lines)
    _note(desk, where.address, batch[-1].index)


def _target(where: Siem) -> Target:
    return sending.target(where.address, PORTS[NAME], where.authority, where.client)


def _begun(desk: Desk, address: str, now: int) -> int:
    """Return the number behind which to go on.

    A ledger that was set back goes on from its own end.
    """
    with desk.register.view() as connection:
        number = siem.sent(connection, address)
    if number is None:
        desk.ledger.add("siem-named", {"to": address}, now)
        _note(desk, address, 0)
        return 0
    return min(number, desk.ledger.head().index)


def _note(desk: Desk, address: str, number: int) -> None:
    with desk.register.transaction() as connection:
        siem.note(connection, address, number)
