# SPDX-License-Identifier: Apache-2.0
"""The round `findings`: somebody hears of findings that are overdue; old ones end.

Rules: a finding that is late is in the ledger once, so that a package of evidence that
is built after its day cannot be of a time before it.
Not here: opening and closing (`server/keeper/acts/finding.py`).
"""

import sys

from server.keeper import ends
from server.keeper.bounds import FINDINGS_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.register import findings
from server.register.findings import Standing

EVERY_SECONDS = FINDINGS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many findings are overdue, and forget those closed long ago.

    Raises:
        StateError: register or ledger cannot be written.
    """
    with desk.register.transaction() as connection:
        found = findings.every(connection)
        for held in found:
            if ends.finding(held) <= now:
                findings.forget(connection, held.finding.id)
    late = [one.finding for one in found if one.standing(now) is Standing.OVERDUE]
    for one in late:
        body = {"finding": one.id, "severity": one.severity.value, "due": one.due}
        add_once(desk, "finding-overdue", body, ("finding", "due"), 0)
    if late:
        sys.stderr.write(
            f"keeper: {len(late)} findings are overdue: look at discreet-server "
            "finding list, and close them with what shows it\n"
        )
