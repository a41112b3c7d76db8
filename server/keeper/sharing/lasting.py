# SPDX-License-Identifier: Apache-2.0
"""Until when grants and recipients are kept, each by its papers and what it led to.

Rules: nobody is forgotten who still has to say that what it was given is deleted, or
while a grant to it is kept.
Not here: the rule itself (`server/keeper/ends.py`), ending them
(`server/keeper/rounds/recipients.py`).
"""

from dataclasses import dataclass

from server.keeper import ends
from server.keeper.desk import Desk
from server.register import recipients, releases
from server.register.recipients import Entry, Granted
from wire.papers.grant import read_grant
from wire.papers.recipient import Recipient, read_recipient


@dataclass(frozen=True, slots=True)
class KeptGrant:
    """A grant, as it was approved, and the first second at which it is kept no more."""

    held: Granted
    until: int


@dataclass(frozen=True, slots=True)
class KeptRecipient:
    """A recipient's entry, and the first second at which it is kept no more."""

    held: Entry
    paper: Recipient
    until: int


def grants(desk: Desk) -> list[KeptGrant]:
    """Return all grants.

    Raises:
        WireError: one is not what the keeper signed.
    """
    public = desk.keyring.keeper_key().public
    with desk.register.view() as connection:
        found = recipients.grants(connection)
    return [
        KeptGrant(one, ends.grant(one, read_grant(one.octets, public).until))
        for one in found
    ]


def registered(desk: Desk) -> list[KeptRecipient]:
    """Return all recipients.

    Raises:
        WireError: one is not what the keeper signed.
    """
    public, granted = desk.keyring.keeper_key().public, grants(desk)
    with desk.register.view() as connection:
        found, made = recipients.every(connection), releases.every(connection)
    kept = []
    for one in found:
        paper = read_recipient(one.octets, public)
        own = [release for release in made if release.recipient == one.name]
        lasts = [grant.until for grant in granted if grant.held.recipient == one.name]
        until = max([ends.recipient(one, paper.agreement_until, own), *lasts])
        kept.append(KeptRecipient(one, paper, until))
    return kept
