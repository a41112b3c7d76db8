# SPDX-License-Identifier: Apache-2.0
"""Who asks a device for a whole state, how often, and in words that it believes."""

from collections.abc import Iterator

import pytest
from reader_fixture import Site, Speaker, make_site

from server.reader.fold import Broken
from server.reader.mending import Mender
from server.store.interface import DeviceState
from wire import limits, signed
from wire.messages import RESYNC, Resync
from wire.purposes import Purpose
from wire.signed import SignedKind

SUPPORT = Purpose.SUPPORT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path_factory.mktemp("site") / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture
def mender(site: Site) -> Mender:
    """Return what asks."""
    return Mender(site.store, site.keyring.store_role_key())


def broken(speaker: Speaker, *datasets: str) -> set[Broken]:
    """Return datasets of a device that only a full snapshot mends."""
    return {Broken(speaker.device, speaker.incarnation, name) for name in datasets}


def waiting(site: Site, speaker: Speaker) -> list[Resync]:
    """Return what waits for a device, its signature checked."""
    public = site.keyring.store_role_key().public
    return [
        RESYNC.decode(signed.verified(held.octets, SignedKind.RESYNC, public))
        for held in site.store.resyncs(site.tenant, speaker.device)
    ]


def test_a_broken_state_is_asked_for(site: Site, mender: Mender) -> None:
    """Device, spool, purpose and dataset are named; no two at the same second."""
    speaker = site.enrol()
    found = broken(speaker, "software", "services")
    assert mender.ask(site.tenant, SUPPORT, found, 1_000) == sorted(found)
    name = site.tenant, speaker.device, speaker.incarnation, SUPPORT
    assert waiting(site, speaker) == [
        Resync(*name, "services", 1_000),
        Resync(*name, "software", 1_001),
    ]


def test_a_state_is_asked_for_once_an_hour(site: Site, mender: Mender) -> None:
    """Readings that follow ask again only after an hour, or of a new spool."""
    speaker = site.enrol()
    found = broken(speaker, "software")
    moments = (0, 1, limits.RESYNC_SECONDS - 1, limits.RESYNC_SECONDS)
    asked = [
        len(mender.ask(site.tenant, SUPPORT, found, 5_000 + later)) for later in moments
    ]
    assert asked == [1, 0, 0, 1]
    assert len(mender.ask(site.tenant, Purpose.SECURITY, found, 9_000)) == 1
    speaker.incarnation = bytes(16)
    again = broken(speaker, "software")
    assert len(mender.ask(site.tenant, SUPPORT, again, 9_001)) == 1
    assert waiting(site, speaker)[-1].incarnation == bytes(16)


@pytest.mark.parametrize(
    "state", [DeviceState.REVOKED, DeviceState.QUARANTINED, DeviceState.GONE]
)
def test_who_is_not_heard_is_not_asked(
    site: Site, mender: Mender, state: DeviceState
) -> None:
    """Nothing waits for a device that will not come, nor for a stranger."""
    speaker = site.enrol()
    site.store.set_state(site.tenant, speaker.device, state)
    stranger = Speaker(site.tenant)
    found = broken(speaker, "software") | broken(stranger, "software")
    assert mender.ask(site.tenant, SUPPORT, found, 1_000) == []
    assert site.store.resyncs(site.tenant, speaker.device) == []
