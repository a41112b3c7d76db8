# SPDX-License-Identifier: Apache-2.0
"""What is fuzzed: nine doors through which octets of others come in.

Rules: a target takes any octets; it raises nothing but for a broken promise; each
promise beyond "no crash" is checked here, so that a quiet wrong answer is found too.
Not here: what makes the octets (`drive.py`), what is run where (`__main__.py`).
"""

from collections.abc import Callable
from contextlib import suppress

from agent.collectors._linux.dpkg import parse_dpkg, parse_updatable
from agent.collectors._linux.journal import CURSOR, parse_entry
from agent.collectors._windows.log import parse_cursor
from agent.collectors._windows.logins import parse_sign_in
from agent.collectors._windows.logs import parse_event
from agent.delivery.receipts import read_receipt
from agent.host.windows_interface import EventFacts, SignInLog
from agent.host.windows_marks import record_in, second_of
from agent.identity import Identity
from agent.orders.judging import Bad, judge
from policies import catalogue
from tests.model.orders.forge import good
from tests.model.orders.known import standing
from tests.vectors import order_world, release_world, world
from wire import body, cbor, envelope, frame, limits, messages, signed, trust
from wire.chain import link_of
from wire.errors import WireError
from wire.manifests import manifest_of
from wire.narrowing import parse_restriction
from wire.orders import ORDER, REQUEST, read_order
from wire.orders import PROOF as PROOF_OF_ORDER
from wire.papers import recipient
from wire.papers.certificate import CERTIFICATE, verify_certificate
from wire.papers.decision import DECISION
from wire.papers.extract import EXTRACT
from wire.papers.fetch import (
    FETCH,
    RECEIVED,
    RELEASE_KEY,
    read_fetch,
    read_received,
    sign_fetch,
    sign_received,
)
from wire.papers.grant import GRANT
from wire.papers.keeper import PROOF
from wire.papers.matter import MATTER, read_matter
from wire.papers.release import RELEASE, verify_release
from wire.papers.resolve import (
    MEANINGS,
    RESOLVE,
    RESOLVED,
    read_resolve,
    sign_resolve,
    verify_resolved,
)
from wire.policy import POLICY, POLICY_STATEMENT
from wire.policy_source import PolicySourceError, compile_policy
from wire.revocations import REVOCATIONS, read_revocations
from wire.signed import SignedKind

Target = Callable[[bytes], None]
"""One door: it takes any octets."""

_CATALOGUE = catalogue()
_DEVICE = Identity(
    "https://collector.example",
    world.signing("device"),
    world.opening("device"),
    b"authority",
    world.root(),
    world.NOW,
)
_MANIFEST = b"a manifest"
_ROOT = trust.root_digest(world.root())
RECEIPT = messages.RECEIPT.encode(
    messages.Receipt(
        _DEVICE.tenant,
        _DEVICE.device,
        signed.digest(_MANIFEST),
        world.NOW,
        (
            messages.Result(messages.Fate.STORED, ""),
            messages.Result(messages.Fate.RETRY, "over-quota"),
        ),
        None,
    )
)
"""The payload of the one receipt that is to be believed."""
BELIEVED = signed.sign(SignedKind.RECEIPT, RECEIPT, [world.signing("gate")])


STANDING = standing()
SIGNED = frozenset((*good(), order_world.order(by=("ana", "ben"))))
"""The orders that are to be obeyed."""


def one_envelope(octets: bytes) -> None:
    """An envelope, a shipment, a frame or a body is read whole or refused."""
    with suppress(WireError):
        read, header = envelope.read(octets)
        assert envelope.ENVELOPE.encode(read) == octets
        assert envelope.HEADER.encode(header) == read.header
        assert link_of(octets).sequence == header.sequence
    with suppress(WireError):
        shipment = messages.SHIPMENT.decode(octets)
        assert messages.SHIPMENT.encode(shipment) == octets
        assert manifest_of(octets) == shipment.manifest
    with suppress(WireError):
        manifest_of(octets)
    with suppress(WireError):
        body.decode(frame.unframe(octets))
    with suppress(WireError):
        body.decode(octets)


def one_policy(octets: bytes) -> None:
    """A policy's source compiles to what encodes, or is refused with a place."""
    with suppress(PolicySourceError):
        made = compile_policy(octets, _CATALOGUE, "policy.toml")
        assert POLICY.decode(POLICY.encode(made)) == made
    with suppress(PolicySourceError):
        parse_restriction(octets, _CATALOGUE, "local.toml")
    with suppress(WireError):
        statement = POLICY_STATEMENT.decode(octets)
        assert POLICY_STATEMENT.encode(statement) == octets


def one_receipt(octets: bytes) -> None:
    """No receipt is believed but the one that the gate signed."""
    try:
        receipt = read_receipt(octets, _DEVICE, world.root(), _MANIFEST, 2)
    except WireError:
        receipt = None
    if receipt is not None:
        assert messages.RECEIPT.encode(receipt) == RECEIPT
    for message in (messages.RECEIPT, messages.ANSWER, messages.MARK, messages.POLL):
        with suppress(WireError):
            assert message.encode(message.decode(octets)) == octets  # type: ignore[arg-type]  # each decodes its own
    with suppress(WireError):
        assert cbor.encode(cbor.decode(octets)) == octets


def one_entry(octets: bytes) -> None:
    """A line of journalctl tells columns and a cursor that may be an argument."""
    found = parse_entry(octets)
    if found is not None:
        values, names, cursor = found
        assert CURSOR.match(cursor)
        assert all(isinstance(name, str) and name for _, name in names)
        assert {type(value) for value in values.values()} <= {str, int, type(None)}


def one_status(octets: bytes) -> None:
    """A status file of dpkg tells packages that have a name and a version."""
    for listed in (True, False):
        for package in parse_dpkg(octets, listed=listed):
            assert package is None or (package["name"] and package["version"])
    for name, architecture, version in parse_updatable(octets):
        assert name
        assert version
        assert isinstance(architecture, str)


def one_event(octets: bytes) -> None:
    """An event of Windows tells columns, whatever is written in it."""
    try:
        xml = octets.decode("utf-8", "surrogatepass")  # Windows may hand out halves
    except UnicodeDecodeError:
        xml = octets.decode("utf-8", "replace")
    found = EventFacts(xml, xml[:200])
    told = parse_event(found)
    if told is not None:
        values, names = told
        assert {type(value) for value in values.values()} <= {str, int, type(None)}
        assert all(isinstance(name, str) and name for _, name in names)
    for log in SignInLog:
        parse_sign_in(found, log)
    record_in(xml)
    second_of(xml)
    parse_cursor(octets, ["System"])


def one_paper(octets: bytes) -> None:
    """A paper is what it encodes to; of a proof, only what the keeper signed counts."""
    for message in (PROOF, MATTER, DECISION, CERTIFICATE, EXTRACT):
        with suppress(WireError):
            assert message.encode(message.decode(octets)) == octets  # type: ignore[arg-type]  # each decodes its own
    with suppress(WireError):
        matter = read_matter(octets)
        assert matter.scope is None or matter.scope.since <= matter.scope.until
    with suppress(WireError):
        certificate = verify_certificate(octets, _ROOT)
        paper = PROOF.decode(octets, limits.PROOF_BYTES).paper
        keeper = world.signing("keeper").public
        payload = signed.verified(paper, SignedKind.CERTIFICATE, keeper)
        assert CERTIFICATE.encode(certificate) == payload


def one_order(octets: bytes) -> None:
    """An order is obeyed only if it is, to the octet, one that was signed."""
    assert isinstance(judge(octets, STANDING), Bad) or octets in SIGNED
    with suppress(WireError):
        order, _ = read_order(octets)
        assert ORDER.encode(order) == octets
    with suppress(WireError):
        found = read_revocations(octets, world.root(), 0, world.NOW)
        role = world.signing("revocation").public
        payload = signed.verified(octets, SignedKind.REVOCATIONS, role)
        assert REVOCATIONS.encode(found) == payload
    for message in (REQUEST, PROOF_OF_ORDER, REVOCATIONS):
        with suppress(WireError):
            assert message.encode(message.decode(octets)) == octets  # type: ignore[arg-type]  # each decodes its own


def one_of_a_recipient(octets: bytes) -> None:
    """What a recipient sends is what it signed; a head or answer is the keeper's."""
    for message in _RECIPIENTS:
        with suppress(WireError):
            assert message.encode(message.decode(octets)) == octets  # type: ignore[arg-type]  # each decodes its own
    own = release_world.SIGNING
    with suppress(WireError):
        assert sign_fetch(read_fetch(octets, own.public), own) == octets
    with suppress(WireError):
        assert sign_received(read_received(octets, own.public), own) == octets
    with suppress(WireError):
        assert sign_resolve(read_resolve(octets, own.public), own) == octets
    with suppress(WireError):
        keys = recipient.read_keys(octets)
        assert recipient.fingerprint(keys)
    for kind, verify, form in _PROVEN:
        with suppress(WireError):
            found = verify(octets, _ROOT)
            paper = PROOF.decode(octets, limits.PROOF_BYTES).paper
            keeper = world.signing("keeper").public
            assert form.encode(found) == signed.verified(paper, kind, keeper)  # type: ignore[arg-type]  # each its own


_RECIPIENTS = (
    *(recipient.RECIPIENT_KEYS, recipient.RECIPIENT, GRANT, RELEASE),
    *(FETCH, RECEIVED, RELEASE_KEY, RESOLVE, RESOLVED, MEANINGS),
)
_PROVEN = (
    (SignedKind.RELEASE, verify_release, RELEASE),
    (SignedKind.RESOLVED, verify_resolved, RESOLVED),
)


TARGETS: dict[str, Target] = {
    "envelope": one_envelope,
    "policy": one_policy,
    "receipt": one_receipt,
    "journald": one_entry,
    "dpkg": one_status,
    "paper": one_paper,
    "order": one_order,
    "recipient": one_of_a_recipient,
    "event_xml": one_event,
}
