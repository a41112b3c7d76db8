# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come, the gate refuses them in an orderly way.

Rules: anything but a Refusal is a failure; messages here are signed by nobody or by a
stranger.
Not here: true messages that were altered (`tests/fault/test_forgery.py`).
"""

import time
from collections.abc import Iterator

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as some
from installation_fixture import Installation, install
from stranger_fixture import Stranger

from server.gate import protocol
from server.gate.nonces import Nonces
from server.gate.process import read_post
from server.gate.protocol import Post
from server.problems import Refusal
from wire.signed import SignedKind

Scene = tuple[Installation, Post]
PLAIN = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**70), 2**70)
    | some.floats()
    | some.binary(max_size=80)
    | some.text(max_size=40),
    lambda inner: (
        some.lists(inner, max_size=5)
        | some.dictionaries(some.integers(0, 12) | some.text(max_size=3), inner)
    ),
    max_leaves=15,
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return an installation and its gate."""
    made = install(tmp_path_factory.mktemp("collector"))
    yield made, read_post(made.layout.gate)
    made.store.close()


def refused_by_all(scene: Scene, octets: bytes) -> None:
    """Give bytes to every address that takes signed messages."""
    (made, post), now = scene, int(time.time())
    with pytest.raises(Refusal):
        protocol.enrol(post, made.store, Nonces(), octets, now)
    with pytest.raises(Refusal):
        protocol.poll(post, made.store, Nonces(), octets, now)
    with pytest.raises(Refusal):
        protocol.admit(made.store, Nonces(), octets, now)


@given(octets=some.binary(max_size=400))
def test_any_bytes_are_refused(scene: Scene, octets: bytes) -> None:
    """Random bytes raise a Refusal and nothing else."""
    refused_by_all(scene, octets)


@pytest.mark.slow
@given(value=PLAIN, canonical=some.booleans())
def test_any_cbor_is_refused(scene: Scene, value: object, *, canonical: bool) -> None:
    """Well-formed CBOR of any shape raises a Refusal and nothing else."""
    refused_by_all(scene, cbor2.dumps(value, canonical=canonical))


@pytest.mark.slow
@given(value=PLAIN, kind=some.sampled_from(SignedKind))
def test_any_signed_payload_is_refused(
    scene: Scene, value: object, kind: SignedKind
) -> None:
    """A payload of any shape under a stranger's good signature is refused too."""
    payload = cbor2.dumps(value, canonical=True)
    refused_by_all(scene, Stranger(scene[0].tenant).sign(kind, payload))
