# SPDX-License-Identifier: Apache-2.0
"""Anchors that verify from a root digest alone: roots, keys role, keeper, anchor.

Rules: a real installation; what verifies has the directory outside and nothing else.
Not here: anchors with a key that is named (`test_anchors.py`).
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from keeper_fixture import Machine
from reader_fixture import make_site

from server.__main__ import main
from server.authority import open_authority
from server.keeper.process import opened
from server.keeper.rounds import anchors as anchoring
from server.key_files import read_signing_key
from server.roots import Role
from wire.trust import root_digest

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Return a directory of anchors, the digest that leads to them, and their key.

    The role that names the keeper got another key between two anchors.
    """
    place = tmp_path_factory.mktemp("trust")
    site = make_site(place / "collector")
    (outside := place / "outside").mkdir()
    with site.layout.configuration.open("a") as file:
        file.write(f'[anchors]\ndirectory = "{outside}"\n')
    with open_authority(site.layout) as authority:
        digest = root_digest(authority.root()).hex()
        authority.ensure_epochs(site.now)
    with opened(site.layout, Machine(site.now).sources) as desk:
        anchoring.turn(desk, site.now)
        key = read_signing_key(site.layout.offline / "root.key")
        with open_authority(site.layout) as authority:
            authority.renew_root(key, [Role.KEYS], site.now + DAY, "amelie")
        anchoring.turn(desk, site.now + 2 * DAY)
        public = desk.keyring.keeper_key().public.hex()
    site.store.close()
    site.keyring.close()
    return outside, digest, public


def verify(directory: Path, root: str) -> int:
    """Verify a directory where no collector is."""
    nowhere = str(directory / "no-collector")
    command = "--directory", nowhere, "anchor", "verify", str(directory), "--json"
    return main([*command, "--root", root])


def test_a_root_digest_leads_to_the_anchors(
    handed: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without key, ledger, collector and network, also after a root was renewed."""
    directory, digest, public = handed
    assert verify(directory, digest) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["anchors"], told["key"]) == (2, public)
    names = [re.sub(r"-.*", "", path.name) for path in sorted(directory.glob("*.cbor"))]
    assert names == ["keeper", "keeper", "root", "root"]


@pytest.mark.parametrize(
    ("gone", "code", "sentence"),
    [
        ("", 4, "do not lead to a keeper"),
        ("root-*", 2, "has no roots beside its anchors"),
        ("root-000002*", 4, "was made after|do not lead|before this key"),
        ("keeper-000002*", 4, "do not lead to a keeper"),
        ("*.note", 2, "has no anchor"),
    ],
)
def test_what_leads_nowhere_is_told(
    handed: tuple[Path, str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    gone: str,
    code: int,
    sentence: str,
) -> None:
    """Another digest, a root, a statement or all anchors gone: each is one sentence."""
    directory, digest, _ = handed
    copy = tmp_path / "copy"
    shutil.copytree(directory, copy)
    for path in copy.glob(gone) if gone else ():
        path.unlink()
    if gone == "root-000002*":
        (copy / "keeper-000001.cbor").unlink()
    assert verify(copy, digest if gone else "00" * 32) == code
    assert re.search(sentence, capsys.readouterr().err)


def test_an_anchor_before_the_keepers_time_does_not_hold(
    handed: tuple[Path, str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that says it is older than its keeper is told."""
    directory, digest, _ = handed
    copy = tmp_path / "copy"
    shutil.copytree(directory, copy)
    first = min(copy.glob("*.note"))
    first.rename(copy / f"{first.name[:12]}-20200101T000000Z.note")
    assert verify(copy, digest) == 4
    assert "made before this key was the keeper's" in capsys.readouterr().err
