# SPDX-License-Identifier: Apache-2.0
"""The stored identity and bundle.

Rules: real files as enrolment writes them; what is damaged says what to do.
Not here: what a bundle must carry (`tests/unit/wire/test_wire_trust.py`).
"""

import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import YEAR, Installation, install

from agent.errors import NotEnrolledError, StateError
from agent.identity import adopt_bundle, load, trusted
from agent.state import State
from wire import signed
from wire.errors import ExpiredError, RollbackError
from wire.policy import POLICY_STATEMENT
from wire.signed import SignedKind
from wire.trust import BUNDLE


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    """Return a collector's keys and bundle."""
    folder = tmp_path / "collector"
    folder.mkdir()
    return install(folder)


def policy_bundle(made: Installation, version: int, not_after: int) -> bytes:
    """Return a bundle with another version of the policy."""
    bundle = BUNDLE.decode(made.bundle)
    held = POLICY_STATEMENT.decode(
        signed.read(bundle.policy, SignedKind.POLICY).payload
    )
    statement = replace(held, version=version, not_after=not_after)
    policy = signed.sign(
        SignedKind.POLICY, POLICY_STATEMENT.encode(statement), [made.roles.policy]
    )
    return BUNDLE.encode(replace(bundle, policy=policy))


def test_files_are_their_owner_s_alone(tmp_path: Path, made: Installation) -> None:
    """The directory is 0700, each file 0600."""
    state = enrolled(tmp_path / "state", made)
    assert stat.S_IMODE(state.directory.stat().st_mode) == 0o700
    for path in state.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_an_expired_bundle_still_bars_an_older_one(
    tmp_path: Path, made: Installation
) -> None:
    """A policy's end is no way back to the policy before it."""
    state = enrolled(tmp_path / "state", made)
    who, now = load(state), int(time.time())
    adopt_bundle(state, who, policy_bundle(made, 3, now + 60), now)
    later = now + 3_600
    with pytest.raises(ExpiredError):
        trusted(state, who, later)
    with pytest.raises(RollbackError):
        adopt_bundle(state, who, policy_bundle(made, 2, now + YEAR), later)
    adopt_bundle(state, who, policy_bundle(made, 4, now + YEAR), later)
    assert trusted(state, who, later).policy.version == 4


def test_a_machine_that_is_not_enrolled_says_so(tmp_path: Path) -> None:
    """Without an identity there is one sentence that names the next step."""
    with pytest.raises(NotEnrolledError, match="discreet-agent enrol"):
        load(State(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xa1" * 40, b"x" * 2_000_000])
def test_a_damaged_identity_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no identity are told apart from none."""
    state = State(tmp_path)
    state.identity.write_bytes(content)
    with pytest.raises(StateError, match="enrol again"):
        load(state)
