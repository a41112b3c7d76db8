# SPDX-License-Identifier: Apache-2.0
"""What tests of the authority start from, and how they look at what it did.

Rules: a policy of this release, a time that stands still, a device made up.
Not here: the acts themselves (`test_authority_*.py`).
"""

from policies import catalogue, preset
from server.authority import Authority, open_authority
from server.layout import Layout
from server.ledger import SqliteLedger
from server.store.interface import Device, DeviceState
from server.store.sqlite import open_store
from wire.crypto.signing import SigningKey, identity
from wire.policy import Policy
from wire.policy_source import compile_policy
from wire.token import secret_digest
from wire.trust import Trusted, check_bundle, first_root, root_digest

NOW = 1_800_000_000
DAY = 86_400
URL = "https://collector.example.org:8443"


def policy(name: str) -> Policy:
    """Return a compiled preset."""
    return compile_policy(preset(name), catalogue(), name)


def given(layout: Layout, tenant: bytes, now: int, held: Trusted | None) -> Trusted:
    """Return what a device trusts that takes the bundle now."""
    octets = (layout.gate / "roots" / "0001.cbor").read_bytes()
    with open_authority(layout) as authority:
        root = first_root(octets, root_digest(authority.root()))
    store = open_store(layout.store)
    bundle = store.bundle(tenant)
    store.close()
    assert bundle is not None
    return check_bundle(bundle, root, held, now)


def acts(layout: Layout) -> list[str]:
    """Return the acts that the ledger has after the installation's own."""
    return [entry.act for entry in SqliteLedger(layout.ledger).entries(after=5)]


def enrol(layout: Layout, authority: Authority, secret: bytes) -> tuple[bytes, str]:
    """Enrol a device with a token's secret, as the gate does."""
    public = SigningKey.generate().public
    store = open_store(layout.store)
    device = Device(
        authority.tenant,
        identity(public),
        public,
        bytes(1216),
        DeviceState.ACTIVE,
        NOW,
        NOW,
        "0.1.0",
        "Debian 12",
        "",
    )
    fate = store.enrol(device, secret_digest(secret), NOW)
    store.close()
    return identity(public), fate.value
