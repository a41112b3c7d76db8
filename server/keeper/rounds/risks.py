# SPDX-License-Identifier: Apache-2.0
"""The round `risks`: somebody hears of residual risks that nobody looked at again.

Rules: the register ships with the product, so a risk is looked at by who releases it,
and its day moves with a release; what is late is in the ledger once.
Not here: the register (`policies/risks.toml`), its page in a package
(`server/evidence/risks.py`).
"""

import sys

from server.keeper.bounds import RISKS_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.overdue import late_risks

EVERY_SECONDS = RISKS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many risks nobody reviewed in time.

    Raises:
        StateError: the ledger cannot be used.
    """
    late = late_risks(now)
    for name, due in late.items():
        add_once(
            desk, "risk-unreviewed", {"risk": name, "due": due}, ("risk", "due"), 0
        )
    if late:
        sys.stderr.write(
            f"keeper: the review of {len(late)} residual risks is past: read "
            "docs/risks.md, and take the release that has looked at them again\n"
        )
