# SPDX-License-Identifier: Apache-2.0
"""A keeper's room in which laws are published, and what is kept for them.

Rules: packs are published by the installation's own authority; what is kept is opened
with its own key alone.
Not here: the installation (`keeper_fixture.py`), holds (`holding_room.py`).
"""

from dataclasses import replace

from holding_room import HoldRoom, rows_of

from server.authority import open_authority
from server.keeper.desk import Desk
from server.keeper.rounds import laws
from wire.papers import extract
from wire.papers.law import From, LawPack, LawRule, holder_of
from wire.policy import Criterion
from wire.purposes import Purpose
from wire.values import Value

DAY = 86_400
MESSAGES = LawRule(
    "messages",
    "Example Act, section 1",
    "What machines said",
    Criterion.LEGAL_OBLIGATION,
    (Purpose.SUPPORT,),
    "event_logs",
    ("message",),
    400,
)
AFTER = replace(MESSAGES, id="after", days=10, starts=From.CONTRACT_END)


class LawRoom(HoldRoom):
    """A room with laws."""

    def publish(self, *rules: LawRule, jurisdiction: str = "XX") -> None:
        """Publish a pack."""
        with open_authority(self.site.layout) as authority:
            pack = LawPack(jurisdiction, rules)
            authority.publish_law(pack, self.machine.system, "amelie")

    def holder(self, rule: LawRule = MESSAGES) -> bytes:
        """Return what stands for a rule where a case's id would."""
        return holder_of(self.site.tenant, "XX", rule.id)

    def turn(self, desk: Desk) -> None:
        """Take one turn of laws, then of retention, as the keeper does."""
        laws.turn(desk, self.machine.system)
        super().turn(desk)

    def kept(self, desk: Desk, rule: LawRule = MESSAGES) -> list[dict[str, Value]]:
        """Return all rows that a rule keeps, opened with the keys it has for them."""
        signer, rows = desk.keyring.keeper_key().public, []
        for held in desk.store.extracts(desk.tenant, self.holder(rule)):
            key = desk.keyring.for_ending(held.key_id)
            assert key is not None
            read, header = extract.read(held.octets, signer)
            for opened in extract.unseal(read, header, key):
                rows += rows_of(opened)
        return rows
