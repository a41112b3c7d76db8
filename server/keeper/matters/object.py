# SPDX-License-Identifier: Apache-2.0
"""The matter `object`: a device is left out of what is made to improve the service.

Rules: by device, for what is collected to improve names no person; no aggregate that is
made while it is in force has anything of the device.
Not here: aggregates (`server/anonymise`), lifting it (`lift.py`).
Source: GDPR, article 21; DESIGN, section 3.
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keeper.rights import marking
from server.keeper.rights.whose import require_instruction, subject_of
from server.register.rights import OBJECTIONS
from wire.papers.decision import Decided
from wire.papers.matter import Matter


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse whatever is no enrolled device.

    Raises:
        UsageError: it names none.
        DeniedError: the client has to answer.
    """
    device = subject_of(matter).device
    require_instruction(desk, matter)
    if device is None:
        msg = "improvement names no person: object by --class device"
        raise UsageError(msg)
    if desk.store.device(desk.tenant, device) is None:
        msg = "no enrolled device has this id: see device list --json"
        raise UsageError(msg)
    return {}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Put it into force; its case goes on until it is lifted."""
    marking.place(desk, OBJECTIONS, matter.case, subject_of(matter), now)
    return False
