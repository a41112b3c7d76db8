# SPDX-License-Identifier: Apache-2.0
"""A keeper's room in which people have somebody erased.

Rules: cases go through the keeper's own desk, readings through the reader's own.
Not here: the installation (`keeper_fixture.py`), holds (`holding_room.py`).
"""

from holding_room import HoldRoom
from reader_fixture import CATALOGUE, Speaker, table

from server.keeper import casework
from server.keeper.desk import Desk
from server.keeper.rights import erasure
from server.reader.opened import Opened
from server.reader.opening import open_selection
from server.reader.selection import Selection
from server.register.cases import State
from server.store.sqlite import open_store
from wire.papers.decision import Role
from wire.papers.matter import Matter, MatterKind, Term
from wire.purposes import Purpose

COLUMNS = {"event_logs": frozenset({"message", "user.id"})}
TWO = [
    {"message": "signed in", "user.id": "ann"},
    {"message": "printed", "user.id": "bob"},
]


class ErasingRoom(HoldRoom):
    """A room with Ann and Bob on two devices."""

    def people_speak(self) -> Speaker:
        """Store two envelopes with both, of two devices; returns the first."""
        first, second = self.site.enrol("Front"), self.site.enrol("Back")
        for speaker in (first, second):
            self.site.say(speaker, [table("event_logs", TWO)])
        return first

    def erasure_of(self, value: str, kind: str = "user", **more: str) -> Matter:
        """Return that somebody be erased."""
        terms = {"class": kind, "value": value, **more}
        return self.matter(
            None,
            kind=MatterKind.ERASE,
            terms=tuple(Term(name, terms[name]) for name in sorted(terms)),
        )

    def approved(self, desk: Desk, matter: Matter) -> State:
        """Let the privacy officer approve."""
        return self.approve(desk, matter, "cy", Role.PRIVACY_OFFICER)

    def erase(self, desk: Desk, value: str, kind: str = "user") -> Matter:
        """Have somebody erased, wholly."""
        matter = self.erasure_of(value, kind)
        self.ask(desk, matter)
        self.approved(desk, matter)
        erasure.go_on(desk)
        return matter

    def users(self) -> list[str]:
        """Return whose messages a reading of support shows."""
        opened = self.read()
        return sorted(opened.tables["event_logs"].column("user.id").to_pylist())

    def read(self) -> Opened:
        """Open the messages of support that are somebody's."""
        return open_selection(
            *(self.site.store, self.site.keys(), CATALOGUE),
            Selection(self.site.tenant, Purpose.SUPPORT, COLUMNS, self.devices()),
            keeper=self.site.keyring.keeper_key().public,
        )

    def devices(self) -> tuple[bytes, ...]:
        """Return the devices that speak of people."""
        every = self.site.store.devices(self.site.tenant)
        return tuple(one.device for one in every if one.label in {"Front", "Back"})

    def reopen(self) -> None:
        """Open the store again, whatever is there now."""
        self.site.store = open_store(self.site.layout.store)

    def state_of(self, desk: Desk, matter: Matter) -> tuple[State, bool]:
        """Return how far a case is, and whether it ended."""
        case = casework.open_case(desk, matter.case).case
        return case.state, case.closed is not None
