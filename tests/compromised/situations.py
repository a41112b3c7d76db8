# SPDX-License-Identifier: Apache-2.0
"""States into which a captured collector brings a device, and what it then tries.

Rules: a collector can do all of this with its own keys; what was signed in words before
runs in none of them, and what is refused by a list or bundle is told at once.
Not here: ways that need no state (`forging.py`, `encoding.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from tests.compromised import people
from tests.compromised.captured import Captured
from tests.compromised.encoding import ENCODED
from tests.compromised.forging import KNOWN, Target, Way, genuine, timed, way
from tests.compromised.machine import Machine
from tests.compromised.ways import ALTERED, CARRIED, PROVEN
from tests.vectors import world
from wire import orders, proofs, signed
from wire.crypto.signing import SigningKey
from wire.policy import POLICY_STATEMENT, DatasetRule, PolicyStatement
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.technicians import KeyKind, May, Technician
from wire.trust import BUNDLE, ROOT, Root

_INTRUDER = SigningKey(world.octets("signing intruder", 32))
SMUGGLED = Technician("intruder", _INTRUDER.public, KeyKind.KEY_FILE, May.BOTH)
Enter = Callable[[Captured, Machine], list[str]]
"""Brings the device there; returns the slugs of what it refused meanwhile."""


@dataclass(frozen=True)
class Situation:
    """A state of the device.

    Attributes:
        name: of it.
        refuses: slugs of what is refused on the way there, all of them.
        enter: brings the device there.
        ways: what is tried then.
    """

    name: str
    refuses: frozenset[str]
    enter: Enter
    ways: tuple[Way, ...]


def _ordinary(server: Captured, machine: Machine) -> list[str]:
    """Forget the removal of mallory; every list that cannot be true is refused."""
    told: list[str] = []
    for wrong in (
        *(
            server.list_of(key=key)
            for name, key in server.online().items()
            if name != "revocation"
        ),
        server.list_of(tenant=bytes(16)),
        server.list_of(issued=server.now + 86_400),
        server.list_of(issued=server.now - 60),
        server.list_of(key=_INTRUDER),
    ):
        server.removals = wrong
        told += machine.poll(server)
    server.removals = server.list_of()
    return told + list(machine.poll(server))


def _stale(server: Captured, machine: Machine) -> list[str]:
    """Let eleven minutes pass without a list, and offer the old one again."""
    old = server.list_of()
    server.now += 660
    server.removals = old
    told = list(machine.poll(server))
    server.now -= 660  # and tell the time before
    return told + list(machine.poll(server))


def _back(server: Captured, machine: Machine) -> list[str]:
    """Tell a time of two hours ago, under which what has expired would be good."""
    server.now -= 7_200
    told: list[str] = []
    for _ in range(5):
        server.removals = server.list_of()
        told += machine.poll(server)
    return sorted({one for one in told if one != "revocations: rollback"})


def _forbidden(server: Captured, machine: Machine) -> list[str]:
    """Have a person at the machine say never."""
    del server
    machine.state.restrictions.write_text('[diagnostics]\ndefault = "never"\n')
    return []


def _statement(server: Captured) -> PolicyStatement:
    held = signed.read(BUNDLE.decode(server.made.bundle).policy, SignedKind.POLICY)
    return POLICY_STATEMENT.decode(held.payload)


def _elsewhere(server: Captured, machine: Machine) -> list[str]:
    """Sign a policy that reads diagnostics by itself, and for other purposes."""
    before = _statement(server)
    purposes = [
        replace(
            rules, datasets=tuple(_moved(rules.purpose, one) for one in rules.datasets)
        )
        for rules in before.policy.purposes
    ]
    support = next(
        one for one in before.policy.purposes if one.purpose is Purpose.SUPPORT
    )
    taken = [one for one in support.datasets if one.every is None]
    purposes = [
        replace(
            rules,
            datasets=tuple(
                sorted(
                    (
                        *rules.datasets,
                        *(
                            replace(one, retention=rules.retention[0].name)
                            for one in taken
                        ),
                    ),
                    key=lambda one: one.dataset,
                )
            ),
        )
        if rules.purpose is Purpose.PROVISION
        else rules
        for rules in purposes
    ]
    after = replace(
        before,
        version=before.version + 1,
        policy=replace(before.policy, purposes=tuple(purposes)),
    )
    policy = signed.sign(
        SignedKind.POLICY, POLICY_STATEMENT.encode(after), [server.made.roles.policy]
    )
    server.bundle = server.bundle_with(policy=policy)
    return list(machine.poll(server))


def _moved(purpose: Purpose, rule: DatasetRule) -> DatasetRule:
    """Have what is read on request for support read every minute."""
    on_request = purpose is Purpose.SUPPORT and rule.every is None
    return replace(rule, every=60) if on_request else rule


def _smuggled(server: Captured, machine: Machine) -> list[str]:
    """Name a technician in a root that the online keys sign."""
    held: Root = server.made.root
    after = replace(
        held, version=held.version + 1, technicians=(*held.technicians, SMUGGLED)
    )
    told: list[str] = []
    signers = [[key] for key in server.online().values()]
    own = replace(after, roots=(_INTRUDER.public,))
    for root, keys in (
        *((after, keys) for keys in signers),
        (own, [_INTRUDER]),
        (replace(after, version=held.version), [_INTRUDER]),
    ):
        chain = (
            *BUNDLE.decode(server.made.bundle).roots,
            signed.sign(SignedKind.ROOT, ROOT.encode(root), keys),
        )
        server.bundle = server.bundle_with(roots=chain)
        told += machine.poll(server)
    return told


def _new_spool(server: Captured, machine: Machine) -> list[str]:
    """Lose the spool, and with it what is known of orders."""
    machine.close()
    for path in machine.state.directory.glob("spool.sqlite*"):
        path.unlink()
    server.removals = server.list_of((people.GONE.identity,))
    return list(machine.poll(server))


def _by_intruder(target: Target, _: Random) -> bytes:
    octets = orders.REQUEST.encode(target.wish(asked_by=SMUGGLED.name))
    return orders.write_order(
        octets, [proofs.sign_request(_INTRUDER, orders.challenge(octets))]
    )


_AGAIN = next(one for one in CARRIED if one.name == "once more")
SITUATIONS = (
    Situation(
        "ordinary",
        frozenset(
            {
                "revocations: bad-signature",
                "revocations: wrong-identity",
                "revocations: not-yet-valid",
                "revocations: rollback",
            }
        ),
        _ordinary,
        (*ALTERED, *PROVEN, *CARRIED, *ENCODED),
    ),
    Situation(
        "no fresh list",
        frozenset({"revocations: expired"}),
        _stale,
        (way("after ten minutes", "revocations-stale", genuine()), _AGAIN),
    ),
    Situation(
        "time told back",
        frozenset(),
        _back,
        (way("expired, and the time told back", "expired", timed(0, 3_600)),),
    ),
    Situation(
        "forbidden here",
        frozenset(),
        _forbidden,
        (
            way("against a no", "forbidden-here", genuine()),
            way(
                "against a no, by a passkey",
                "forbidden-here",
                genuine(["ben"], asked_by="ben"),
            ),
            way(
                "against a no, by two",
                "forbidden-here",
                genuine(["ana", "eve"], diagnostic="packet_headers", parameters=()),
            ),
        ),
    ),
    Situation(
        "policy elsewhere",
        frozenset(),
        _elsewhere,
        (
            way("not in the policy for support", "not-in-policy", genuine()),
            way(
                "for what the policy names it for",
                "wrong-purpose",
                genuine(purpose=Purpose.PROVISION),
            ),
        ),
    ),
    Situation(
        "root smuggled",
        frozenset({"bundle: bad-signature"}),
        _smuggled,
        (way("by who was smuggled in", "unknown-technician", _by_intruder),),
    ),
    Situation(
        "spool lost",
        frozenset(),
        _new_spool,
        (
            way("for the spool before", "wrong-incarnation", genuine()),
            way(
                "once more, after the loss",
                f"wrong-incarnation {KNOWN}",
                lambda target, _: target.done,
            ),
        ),
    ),
    Situation(
        "nobody says yes",
        frozenset(),
        lambda _s, _m: [],
        (
            way(
                "server says yes",
                "asking",
                genuine(diagnostic="log_slice", parameters=()),
            ),
            way(
                "server says yes, sensitive",
                "asking",
                genuine(["ana", "eve"], diagnostic="packet_headers", parameters=()),
            ),
        ),
    ),
)
