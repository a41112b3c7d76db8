# SPDX-License-Identifier: Apache-2.0
"""What orders are made with, and what there must be before one is written or sent.

Rules: a device of this tenant that is heard, a diagnostic that the policy in force
names for support, and a ticket that is open for that device; each is looked at when an
order is drafted and again when it is sent.
Not here: the acts (`drafting.py`, `sending.py`), who may sign (`wire`).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache

import policies
from server.authority import Authority, authority_of
from server.devices import find_in
from server.errors import DeniedError, UsageError
from server.keyring import Keyring, opened_when_asked
from server.layout import Layout
from server.ledger import SqliteLedger
from server.processes import Process
from server.reader.tickets import devices_of
from server.register import tickets
from server.register.looking import looking
from server.register.tickets import Held, digest_of
from server.store.interface import Device, DeviceState, Store
from server.storing import open_sealed
from wire.catalogue import Catalogue, Dataset
from wire.orders import Request
from wire.purposes import Purpose
from wire.refusals import SENTENCES, Refusal

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """What orders are made with.

    Attributes:
        layout: the installation.
        authority: the acts that devices obey.
        store: where orders wait.
        ledger: has each act before it counts.
        keyring: opens the notes of tickets; opened when it is needed.
    """

    layout: Layout
    authority: Authority
    store: Store
    ledger: SqliteLedger
    keyring: Callable[[], Keyring]

    @property
    def catalogue(self) -> Catalogue:
        """Return all that this release can ask."""
        return _catalogue()

    @property
    def tenant(self) -> bytes:
        """Return the tenant's 16 bytes."""
        return self.authority.tenant

    def permitted(self) -> frozenset[str]:
        """Return what the policy in force names for support."""
        rules = self.authority.policy().policy.rules(Purpose.SUPPORT)
        return frozenset(rule.dataset for rule in rules.datasets) if rules else _NONE

    def device(self, name: str) -> Device:
        """Return the device that a person means.

        Raises:
            UsageError: it means none, or more than one, or one that is not heard.
        """
        return self.heard(find_in(self.store, self.tenant, name))

    def heard(self, device: Device) -> Device:
        """Return a device that is heard.

        Raises:
            UsageError: it is not.
        """
        if device.state is not DeviceState.ACTIVE:
            msg = f"this device is {device.state.value}: nothing can be asked of it"
            raise UsageError(msg)
        return device

    def incarnation(self, device: bytes) -> bytes:
        """Return the spool that a device spoke of last.

        Raises:
            UsageError: it never spoke.
        """
        spoken = [one for one in self.store.holes(self.tenant, device) if one.said_at]
        if not spoken:
            msg = "this device has not spoken yet: ask when its agent has polled"
            raise UsageError(msg)
        return max(spoken, key=lambda one: one.said_at).incarnation

    def diagnostic(self, name: str) -> Dataset:
        """Return a diagnostic that may be asked for.

        Raises:
            UsageError: there is none of this name.
            DeniedError: the policy does not name it for support.
        """
        found = self.catalogue.datasets.get(name)
        if found is None or found.diagnostic is None:
            msg = (
                "there is no such diagnostic: discreet-server diagnose list shows them"
            )
            raise UsageError(msg)
        if name not in self.permitted():
            raise refused(Refusal.NOT_IN_POLICY)
        return found

    def check_ticket(self, ticket: str, device: bytes, now: int) -> Held:
        """Return a ticket that is open for a device.

        Raises:
            DeniedError: there is none.
        """
        register = self.layout.register
        bound = devices_of(register, self.keyring(), self.tenant, ticket, now)
        held = self.ticket(digest_of(self.tenant, ticket))
        if bound is None or held is None:
            reason = "no-such-ticket"
            msg = "diagnostics run under an open ticket: discreet-server ticket open"
            raise DeniedError(reason, msg)
        if bound and device not in bound:
            reason = "ticket-of-others"
            msg = "this ticket is bound to other devices: name the one it is for"
            raise DeniedError(reason, msg)
        return held

    def ticket_key(self, request: Request, now: int) -> bytes:
        """Return the signed key of a request's ticket, for its device to seal to.

        Raises:
            DeniedError: the ticket is not open for it, or what it brings is not kept.
        """
        held = self.check_ticket(request.ticket, request.device, now)
        rules = self.authority.policy().policy.rules(Purpose.SUPPORT)
        for rule in rules.datasets if rules else ():
            if rule.dataset == request.diagnostic:
                return self.authority.ticket_key(
                    request.ticket, held, rule.retention, now
                )
        raise refused(Refusal.NOT_IN_POLICY)

    def ticket(self, digest: bytes) -> Held | None:
        """Return the ticket of a digest; None where the keeper knows none."""
        with looking(self.layout.register) as connection:
            return None if connection is None else tickets.find(connection, digest)


def refused(refusal: Refusal) -> DeniedError:
    """Return the error of an order that no device would obey."""
    return DeniedError(refusal.value, f"this is not asked: {SENTENCES[refusal]}")


@contextmanager
def opened_store(layout: Layout) -> Iterator[Store]:
    """Open an installation's store, and close it afterwards.

    Raises:
        InstallationError: there is none that this user can read.
        StateError: the store cannot be used.
    """
    with closing(open_sealed(layout, Process.OFFICE)) as store:
        yield store


Lend = Callable[[Layout], AbstractContextManager[Store]]
"""Lends the store of an installation while something is done with it."""


@contextmanager
def open_desk(layout: Layout, lend: Lend = opened_store) -> Iterator[Desk]:
    """Open an installation for orders, and close it afterwards.

    Args:
        layout: the installation.
        lend: has its store.

    Raises:
        InstallationError: there is none that this user can read.
        StateError: a file is absent or damaged.
    """
    with ExitStack() as stack:
        store = stack.enter_context(lend(layout))
        ledger = stack.enter_context(closing(SqliteLedger(layout.ledger)))
        keyring = stack.enter_context(opened_when_asked(layout))
        opened = authority_of(layout, store, ledger, keyring)
        authority = stack.enter_context(opened)
        yield Desk(layout, authority, store, ledger, keyring)


@cache
def _catalogue() -> Catalogue:
    return policies.catalogue()
