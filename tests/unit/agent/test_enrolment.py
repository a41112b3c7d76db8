# SPDX-License-Identifier: Apache-2.0
"""A token makes a device, and nothing but what the token pins is believed.

Rules: real TLS; the collector lies in one thing at a time.
Not here: the real gate (`tests/e2e/test_agent_network.py`).
"""

import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from collector_fixture import Collector, listening, problem
from installation_fixture import YEAR, Installation, install
from tls_fixture import Listening, Reply

from agent import clock, enrolment, identity
from agent.delivery.polling import About
from agent.errors import (
    AgentError,
    NetworkError,
    Problem,
    StateError,
    TrustError,
    UsageError,
)
from agent.spool.spool import open_spool
from agent.state import State
from wire import signed
from wire.crypto.certificates import make_authority, make_server
from wire.crypto.signing import SigningKey
from wire.signed import SignedKind
from wire.token import Token, format_token
from wire.trust import BUNDLE, ROOT, Bundle

ABOUT = About("0.1.0", "Debian 12")


@contextmanager
def collecting(
    installation: Installation,
    tmp_path: Path,
    **more: Any,  # noqa: ANN401 - fields of Collector
) -> Iterator[tuple[Collector, Token, State, Listening]]:
    """Run a collector; yield it with a token for it and an empty state."""
    collector = Collector(installation, **more)
    with listening(collector, tmp_path) as server:
        token = installation.token(server.url)
        yield collector, token, State(tmp_path / "state"), server


def enrol(state: State, token: Token, drift: int = 0) -> identity.Identity:
    """Enrol by a machine whose clock is off."""
    return enrolment.enrol(
        state, format_token(token), ABOUT, system=lambda: time.time() + drift
    )


def test_a_token_makes_a_device(installation: Installation, tmp_path: Path) -> None:
    """Enrolment leaves an identity, a valid bundle, and files of the owner alone."""
    with collecting(installation, tmp_path) as (collector, token, state, _):
        who = enrol(state, token)
    (asked,) = collector.heard
    assert (who.tenant, who.device) == (token.tenant, identity.load(state).device)
    assert (asked.agent, asked.system) == (ABOUT.agent, ABOUT.system)
    assert identity.trusted(state, who, int(time.time())).root == installation.root
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in state.directory.iterdir()
    }
    assert modes == dict.fromkeys(
        ("identity.cbor", "bundle.cbor", "spool.sqlite"), 0o600
    ) | {name: 0o600 for name in modes if name.startswith("spool.sqlite-")}


@pytest.mark.parametrize("drift", [-YEAR, YEAR])
def test_a_wrong_clock_enrols(
    installation: Installation, tmp_path: Path, drift: int
) -> None:
    """A machine whose clock is a year off enrols, and knows the time from then on."""
    with collecting(installation, tmp_path) as (collector, token, state, _):
        enrol(state, token, drift)
    (asked,) = collector.heard
    assert abs(asked.time - time.time()) < 10
    spool = open_spool(state.spool, 0)
    known = clock.load_clock(spool)
    spool.close()
    assert abs(clock.corrected(known, time.time() + drift) - time.time()) < 10


@pytest.mark.parametrize("years", [-2, 2])
def test_a_certificate_out_of_its_dates_enrols(
    installation: Installation, tmp_path: Path, years: int
) -> None:
    """A TLS certificate whose dates alone are wrong does not keep a machine out."""
    moment = int(time.time()) + years * YEAR
    tls = make_server(installation.authority, ["127.0.0.1"], moment)
    with collecting(installation, tmp_path, tls=tls) as (_, token, state, _server):
        assert enrol(state, token).tenant == token.tenant


LIES: list[tuple[str, SignedKind, dict[str, object]]] = [
    ("old introduction", SignedKind.INTRODUCTION, {"nonce": bytes(16)}),
    ("another nonce", SignedKind.ENROLLED, {"nonce": bytes(16)}),
    ("another device", SignedKind.ENROLLED, {"device": bytes(16)}),
    ("another tenant", SignedKind.ENROLLED, {"tenant": bytes(16)}),
    ("no bundle", SignedKind.ENROLLED, {"bundle": b"\xa0"}),
]


@pytest.mark.parametrize(("kind", "lie"), [item[1:] for item in LIES])
def test_a_lie_makes_no_device(
    installation: Installation, tmp_path: Path, kind: SignedKind, lie: dict[str, object]
) -> None:
    """An answer that is not for this question makes no identity."""
    with (
        collecting(installation, tmp_path, lies={kind: lie}) as (_, token, state, _s),
        pytest.raises(TrustError, match="not the one that this token is for"),
    ):
        enrol(state, token)
    assert not state.identity.exists()


@pytest.mark.parametrize("kind", [SignedKind.INTRODUCTION, SignedKind.ENROLLED])
def test_only_the_gate_may_answer(
    installation: Installation, tmp_path: Path, kind: SignedKind
) -> None:
    """An answer signed by any other key makes no identity."""
    keys = {kind: SigningKey.generate()}
    with (
        collecting(installation, tmp_path, keys=keys) as (_, token, state, _server),
        pytest.raises(TrustError),
    ):
        enrol(state, token)
    assert not state.identity.exists()


def test_another_collector_learns_no_secret(
    installation: Installation, tmp_path: Path
) -> None:
    """A collector with another CA or root is refused before the secret leaves."""
    (tmp_path / "other").mkdir()
    other = install(tmp_path / "other")
    with collecting(installation, tmp_path) as (_, token, state, server):
        for pins in ({"authority": bytes(32)}, {"root": bytes(32)}):
            with pytest.raises(TrustError, match="the token pins"):
                enrol(state, replace(token, **pins))
        assert set(server.asked) == {"/v1/introduce"}
    with collecting(other, tmp_path) as (_, _t, state, server):
        with pytest.raises(TrustError):
            enrol(state, replace(token, url=server.url))
        assert set(server.asked) == {"/v1/introduce"}


def test_interception_learns_no_secret(
    installation: Installation, tmp_path: Path
) -> None:
    """A relay with a certificate of its own passes the introduction, not the secret."""
    now = int(time.time())
    relay = make_server(make_authority("Relay", now), ["127.0.0.1"], now)
    with collecting(installation, tmp_path, tls=relay) as (_, token, state, server):
        with pytest.raises(TrustError, match="presents another certificate"):
            enrol(state, token)
        assert server.asked == ["/v1/introduce"]


@pytest.mark.parametrize("slug", ["token-used", "token-expired", "token-unknown"])
def test_a_spent_token_is_named(
    installation: Installation, tmp_path: Path, slug: str
) -> None:
    """A token that the collector refuses is told by its reason."""
    refusals = {"/v1/enrol": [problem(slug, 401)]}
    with (
        collecting(installation, tmp_path, refusals=refusals) as (_, token, state, _s),
        pytest.raises(Problem, match="ask your provider for a new one") as refusal,
    ):
        enrol(state, token)
    assert (refusal.value.slug, refusal.value.exit_code) == (slug, 6)


@pytest.mark.slow
def test_a_lost_answer_costs_no_token(
    installation: Installation, tmp_path: Path
) -> None:
    """The second try with the same token is by the same key; another token's is not."""
    lost = Reply(b"lost", length=99)
    with collecting(installation, tmp_path) as (collector, token, state, server):
        collector.refusals = {"/v1/enrol": []}
        collector.lies = {SignedKind.ENROLLED: {"nonce": bytes(16)}}
        with pytest.raises(TrustError):
            enrol(state, token)
        collector.lies = {}
        collector.refusals = {"/v1/enrol": [lost]}
        with pytest.raises(NetworkError):
            enrol(state, token)
        who = enrol(state, token)
        other = State(tmp_path / "other")
        assert enrol(other, installation.token(server.url)).device != who.device
    first, second, _ = collector.heard
    assert first.public == second.public == who.signing.public
    assert not (state.directory / "enrolling.cbor").exists()


def test_an_enrolled_machine_stays_what_it_is(
    installation: Installation, tmp_path: Path
) -> None:
    """A machine that is enrolled refuses another token and keeps its identity."""
    with collecting(installation, tmp_path) as (_, token, state, _server):
        who = enrol(state, token)
        with pytest.raises(UsageError, match="enrolled already"):
            enrol(state, token)
    assert identity.load(state).device == who.device


def test_data_of_a_former_identity_is_not_taken_over(
    installation: Installation, tmp_path: Path
) -> None:
    """A state directory with a former identity's mark makes no new device."""
    with collecting(installation, tmp_path) as (_, token, state, server):
        state.directory.mkdir(0o700)
        state.mark.write_bytes(b"former")
        with pytest.raises(UsageError, match="former identity"):
            enrol(state, token)
    assert server.asked == []


def test_a_rotated_root_is_followed(installation: Installation, tmp_path: Path) -> None:
    """A token issued before the root's new version leads to the newest root."""
    roles = installation.roles
    newer = replace(installation.root, version=2)
    octets = signed.sign(SignedKind.ROOT, ROOT.encode(newer), [roles.root])
    held = BUNDLE.decode(installation.bundle)
    bundle = BUNDLE.encode(
        Bundle((*held.roots, octets), held.policy, held.keys, held.authorities)
    )
    changed = replace(installation, bundle=bundle)
    with collecting(changed, tmp_path) as (_, token, state, _server):
        assert enrol(state, token).root == newer


@pytest.mark.parametrize(
    ("text", "error"),
    [("", UsageError), ("discreet1-AAAA", UsageError), ("hello", UsageError)],
)
def test_a_mistyped_token_is_told(
    tmp_path: Path, text: str, error: type[AgentError]
) -> None:
    """A token that is cut off or something else is refused before anything is made."""
    state = State(tmp_path / "state")
    with pytest.raises(error, match="copy it again"):
        enrolment.enrol(state, text, ABOUT)
    assert not state.directory.exists()


def test_an_unreachable_collector_is_told(
    installation: Installation, tmp_path: Path
) -> None:
    """Without a collector enrolment ends with a network error and no identity."""
    token = installation.token("https://127.0.0.1:1")
    state = State(tmp_path / "state")
    with pytest.raises(NetworkError, match="nothing listens"):
        enrol(state, token)
    assert not state.identity.exists()


def test_an_unwritable_directory_is_told_first(
    installation: Installation, tmp_path: Path
) -> None:
    """A state directory that cannot be made is named before the token is used."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StateError, match="state directory"):
        enrol(State(blocked / "state"), installation.token("https://127.0.0.1:1"))
