# SPDX-License-Identifier: Apache-2.0
"""Which keys a ticket has, and for how long, by the policy in force.

Rules: one for each retention class of support, so whatever a ticket brings has its key;
none is made after the contract's end; none opens what is older than support may keep
anything.
Not here: making and keeping keys (`server/keyring/ticketed.py`), signing what devices
are told of them (`server/publishing.py`), tickets (`server/keeper/tickets.py`).
"""

from pathlib import Path

from server.keyring import Keyring
from server.register import contract
from server.register.tickets import Held
from wire.keys import PurposeKey
from wire.limits import TICKET_LATE_SECONDS
from wire.policy import Policy
from wire.policy_check import DAY
from wire.purposes import RULES, Purpose


def end_of(held: Held) -> int:
    """Return the first second in which nothing is sealed to a ticket's keys."""
    ended = held.until if held.closed is None else min(held.until, held.closed)
    return ended + TICKET_LATE_SECONDS


def age_of(maximum_age: int, start: int, end: int) -> int:
    """Return for how long what a ticket brings is kept after its end.

    It is what the class says, and less where the first that it could bring would be
    older by then than anything of support may be.

    Args:
        maximum_age: of the class, in seconds.
        start: when the ticket was opened.
        end: from `end_of`, of the open ticket.
    """
    return min(maximum_age, RULES[Purpose.SUPPORT].maximum_days * DAY - (end - start))


def keys_of(
    keyring: Keyring,
    register: Path,
    tenant: bytes,
    held: Held,
    policy: Policy,
    now: int,
) -> dict[str, PurposeKey]:
    """Return an open ticket's keys by retention class, made now where need be.

    Args:
        keyring: where they are.
        register: the keeper's, which knows of the contract's end.
        tenant: 16 bytes.
        held: the ticket.
        policy: in force.
        now: seconds since the epoch.

    Returns:
        Those that live: none of one that was destroyed.

    Raises:
        StateError: register or keyring cannot be used.
    """
    rules = policy.rules(Purpose.SUPPORT)
    if rules is None or contract.has_ended(register, now):
        return {}
    made = {
        kept.name: keyring.tickets.add(
            *(tenant, held.digest, Purpose.SUPPORT, kept.name),
            *(held.opened, end_of(held)),
            maximum_age=age_of(kept.maximum_age, held.opened, end_of(held)),
            now=now,
        )
        for kept in rules.retention
    }
    return {name: key for name, key in made.items() if key is not None}
