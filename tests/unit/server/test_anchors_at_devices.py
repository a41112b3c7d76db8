# SPDX-License-Identifier: Apache-2.0
"""Anchors that devices were told: a witness that nobody at the collector can change.

Rules: a real installation; whoever tampers has every key of its machine.
Not here: what a device writes down (`tests/unit/agent/test_anchored.py`).
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Machine
from reader_fixture import Site, make_site

from server import anchors
from server.__main__ import main
from server.errors import StateError
from server.keeper.process import opened
from server.keeper.rounds import anchors as anchoring
from server.ledger import SqliteLedger
from server.store.interface import Store
from wire.anchored import ANCHORED

pytestmark = pytest.mark.slow
HOUR = 3_600


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector whose anchors go elsewhere."""
    there = tmp_path_factory.mktemp("anchors")
    made = make_site(there / "collector")
    (there / "outside").mkdir()
    with made.layout.configuration.open("a") as file:
        file.write(f'[anchors]\ndirectory = "{there / "outside"}"\n')
    yield made
    made.store.close()
    made.keyring.close()


def lines_of(store: Store, tenant: bytes) -> str:
    """Return what a machine prints of its ledger that was told what a store has."""
    octets = store.anchor(tenant)
    assert octets is not None
    said = ANCHORED.decode(octets)
    body = {
        "size": said.size,
        "root": said.root.hex(),
        "key": said.public.hex(),
        "signature": said.signature.hex(),
    }
    acts = [
        {"act": "enrolled", "body": {}},
        {"act": "collector-anchored", "body": body},
    ]
    return "".join(json.dumps(act) + "\n" for act in acts)


def test_devices_are_told_once_a_day(site: Site) -> None:
    """The newest anchor, for their own ledgers, in which nobody here can write."""
    with opened(site.layout, Machine(site.now).sources) as desk:
        sizes = []
        for hour in (100, 101, 124, 125):
            desk.ledger.add("store-lost", {}, site.now)
            anchoring.turn(desk, site.now + hour * HOUR)
            octets = desk.store.anchor(desk.tenant)
            assert octets is not None
            sizes.append(ANCHORED.decode(octets).size)
        kept = [one.size for one in anchors.kept(anchors.place(site.layout))]
    assert (sizes[0], sizes[1], sizes[2]) == (kept[-4], kept[-4], kept[-2])
    assert sizes[3] == sizes[2]


def test_a_machines_ledger_is_a_witness(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a machine was told holds; a ledger that was written anew does not."""
    site = make_site(tmp_path / "collector")
    with opened(site.layout, Machine(site.now).sources) as desk:
        with pytest.raises(StateError, match="on this machine"):
            anchoring.turn(desk, site.now)
        lines = tmp_path / "acts.jsonl"
        lines.write_text(lines_of(desk.store, desk.tenant))
    verify = "ledger", "verify", "--endpoint"
    directory = "--directory", str(site.layout.directory)
    assert main([*directory, *verify, str(lines)]) == 0
    assert "Anchors hold through entry" in capsys.readouterr().out
    rewritten(site)
    assert main([*directory, "ledger", "verify"]) == 0
    assert main([*directory, *verify, str(lines)]) == 4
    assert "the ledger was rewritten between its entries" in capsys.readouterr().err
    site.store.close()
    site.keyring.close()


def rewritten(site: Site) -> None:
    """Write another ledger with all keys of the machine, and anchor it."""
    before = SqliteLedger(site.layout.ledger)
    acts = [*before.entries()]
    before.close()
    site.layout.ledger.unlink()
    shutil.rmtree(anchors.place(site.layout))
    after = SqliteLedger.create(site.layout.ledger)
    for act in acts[1:]:
        after.add(act.act, {str(name): it for name, it in (act.body or {}).items()}, 7)
    own = anchors.place(site.layout)
    anchors.anchor(after, site.keyring.keeper_key(), site.tenant, own, site.now)
    after.close()


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (("enrolled", "other"), 0, ""),
        (("collector-anchored", "other"), 2, "has no anchor: that machine was told"),
        (('"size"', '"length"'), 2, "is not what discreet-agent ledger"),
        (('{"act"', "{act"), 2, "is not what discreet-agent ledger"),
        (
            ('"signature": "', '"signature": "00'),
            4,
            "that no key of this ledger signed",
        ),
    ],
)
def test_what_a_machine_says_is_checked(
    site: Site,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, str],
    code: int,
    sentence: str,
) -> None:
    """What is no ledger of a machine of this collector is one sentence."""
    with opened(site.layout, Machine(site.now).sources) as desk:
        anchoring.turn(desk, site.now + 200 * HOUR)
        lines = lines_of(desk.store, desk.tenant)
    path = tmp_path / "acts.jsonl"
    path.write_text(lines.replace(*change))
    directory = str(site.layout.directory)
    verify = ["--directory", directory, "ledger", "verify", "--endpoint", str(path)]
    assert main(verify) == code
    assert sentence in capsys.readouterr().err
