# SPDX-License-Identifier: Apache-2.0
"""Promises of a master key that a PKCS#11 token locks, on a real SoftHSM2.

Rules: a token of the test's own; a process has one SoftHSM at most, so each test that
needs one runs what it shows in processes of their own.
Not here: the other locks (`test_keyring_locks.py`).
"""

import shutil
from pathlib import Path

import pytest

from tests.softhsm_fixture import LABEL, MODULE, SoftToken, soft_token

pytestmark = pytest.mark.slow
STORY = f"""
import sys
from pathlib import Path
from server.errors import ServerError
from server.keyring import Keyring, MasterFiles
from server.keyring.token import Token
folder, act = Path(sys.argv[1]), sys.argv[2]
token = Token(Path("{MODULE}"), sys.argv[3], folder / "hsm" / "pin")
master = MasterFiles(folder / "master", token)
try:
    if act == "create":
        Keyring.create(folder / "keyring", master, 1).close()
    keyring = Keyring(folder / "keyring", master)
    if act == "rotate":
        keyring.rotate(2)
    print(keyring.generation(), keyring.store_role_key().public.hex()[:8])
except ServerError as error:
    print(type(error).__name__, error)
"""
OBJECTS = f"""
import sys, pkcs11
from pkcs11 import Attribute
token = pkcs11.lib("{MODULE}").get_token(token_label="{LABEL}")
with token.open(user_pin="1234-5678") as session:
    for one in session.get_objects():
        print(one[Attribute.SENSITIVE], one[Attribute.EXTRACTABLE])
        try:
            print(one[Attribute.VALUE])
        except pkcs11.exceptions.PKCS11Error:
            print("refused")
"""


@pytest.fixture
def token(tmp_path: Path) -> SoftToken:
    """Return a fresh token."""
    return soft_token(tmp_path / "hsm")


def play(token: SoftToken, act: str, label: str = LABEL) -> str:
    """Do something with the keyring in a process of its own; returns what it said."""
    return token.run(STORY, str(token.directory.parent), act, label).strip()


def test_it_opens_and_rotates(token: SoftToken) -> None:
    """A keyring under a token opens in any process, also after a rotation."""
    made = play(token, "create").split()
    assert made[0] == "1"
    assert play(token, "rotate").split() == ["2", made[1]]
    assert play(token, "open").split() == ["2", made[1]]


def test_the_key_never_leaves_and_ends(token: SoftToken) -> None:
    """The token has the present generation's key alone, and shows it to nobody."""
    play(token, "create")
    play(token, "rotate")
    assert token.run(OBJECTS).split("\n")[:-1] == ["True False", "refused"]


def test_a_copy_of_all_files_opens_nothing(token: SoftToken) -> None:
    """A copy of keyring and master directory is useless after the next rotation."""
    folder = token.directory.parent
    play(token, "create")
    for part in ("keyring", "master"):
        shutil.copytree(folder / part, folder / "copy" / part)
    play(token, "rotate")
    for part in ("keyring", "master"):
        shutil.rmtree(folder / part)
        shutil.move(folder / "copy" / part, folder / part)
    assert "does not have its key: use the token that has" in play(token, "open")


def test_what_is_wrong_is_a_sentence(token: SoftToken) -> None:
    """Another PIN, another token and none at all are told apart."""
    play(token, "create")
    assert play(token, "open", "other").startswith(
        "StateError the token other does not answer (NoSuchToken)"
    )
    token.pin_file.write_text("0000\n")
    assert f"the token {LABEL} refuses the PIN in" in play(token, "open")
