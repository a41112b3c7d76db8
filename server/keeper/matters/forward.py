# SPDX-License-Identifier: Apache-2.0
"""The matter `forward`: a person's request goes to the client, who answers it.

Rules: only where config.toml says that the provider is a processor; its term `right`
names what the person asks for.
Not here: the notice (`server/keeper/rights/forwarding.py`).
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.rights import forwarding
from server.keeper.rights.whose import subject_of
from server.register import cases
from wire.papers.decision import Decided
from wire.papers.matter import Matter
from wire.policy_toml import is_slug

RIGHT = "right"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse to hand over what this collector's own provider has to answer.

    Raises:
        UsageError: there is no client, or it does not say who asks for what.
    """
    subject_of(matter)
    if not is_slug(matter.term(RIGHT) or ""):
        msg = "say with --right what they ask for: access, erasure, objection .."
        raise UsageError(msg)
    if not desk.settings().controller.processor:
        msg = (
            "there is no client to hand it to: answer it, or write "
            'mode = "processor" under [controller]'
        )
        raise UsageError(msg)
    return {}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Write the notice; the case ends with it."""
    with desk.register.view() as connection:
        case = cases.find(connection, matter.case)
    asked = now if case is None else case.opened
    forwarding.forward(desk, matter.case, matter.term(RIGHT) or "", asked, now)
    body = {"case": matter.case, "right": matter.term(RIGHT)}
    add_once(desk, "subject-forwarded", body, ("case",), 0)
    return True
