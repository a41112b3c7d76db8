# SPDX-License-Identifier: Apache-2.0
"""A desk with its ledger, at which a test asks as a person does.

Rules: a real installation; time goes by only as the test says.
Not here: what is asked (`test_reader.py`, `test_accounting_rows.py`).
"""

from collections.abc import Callable, Iterator

from reader_fixture import CATALOGUE, Site

from server.ledger import SqliteLedger
from server.person import user_name
from server.reader.mending import Mender
from server.reader.question import parse
from server.reader.requests import Desk, Message
from server.reader.standing import policy_in_force
from server.statements import Statements
from wire.policy import PolicyStatement

ASKED: Message = {
    "purpose": "support",
    "reason": "the printer is gone",
    "ticket": "T-1",
    "minutes": 60,
    "devices": [],
    "datasets": [],
    "sql": "SELECT message FROM event_logs",
}


class Clock:
    """Seconds that go by only when a test says so, or a step at each look."""

    def __init__(self, step: float = 0.0) -> None:
        """Start at zero."""
        self.time = 0.0
        self.step = step

    def __call__(self) -> float:
        """Return the time, and go a step further."""
        self.time += self.step
        return self.time


class Room:
    """A desk with its ledger."""

    def __init__(self, site: Site, clock: Callable[[], float] | None = None) -> None:
        """Open the desk."""
        self.site = site
        self.ledger = SqliteLedger(site.layout.ledger)
        self.desk = Desk(
            *(site.layout, site.store, site.keyring, self.ledger, CATALOGUE),
            self._policy,
            Mender(site.store, site.keyring.store_role_key()),
            clock or Clock(),
        )

    def _policy(self, now: int) -> PolicyStatement:
        statements = Statements(self.site.layout.authority / "statements.sqlite")
        try:
            return policy_in_force(statements, self.site.tenant, now)
        finally:
            statements.close()

    def ask(self, user: str = "", **changed: object) -> Iterator[Message]:
        """Ask as a user; the one who installed it unless another is named."""
        request = parse({**ASKED, **changed}, user or user_name())
        return self.desk.answer(request, self.site.now)
