# SPDX-License-Identifier: Apache-2.0
"""Tests of what a policy says of the agent's own updates, and who is in a stage."""

from itertools import pairwise

import pytest
from refusal_cases import GOOD

from policies import catalogue
from wire.errors import PolicyError
from wire.narrowing import intersect, narrow
from wire.policy import POLICY, Policy
from wire.policy_source import PolicySourceError, compile_policy
from wire.restriction import parse_restriction
from wire.updates import (
    Package,
    Updates,
    Version,
    in_stage,
    meet,
    read_kind,
    read_path,
    read_version,
)

DEVICES = [number.to_bytes(32) for number in range(2_000)]
VERSION = Version(0, 3, 1)


def compiled(updates: str) -> Policy:
    """Return a policy that ends with this text."""
    return compile_policy((GOOD + updates).encode(), catalogue(), "policy.toml")


def test_without_the_table_there_are_no_updates() -> None:
    """A policy that does not speak of updates allows none, and has no byte of them."""
    assert compiled("").updates is None
    assert b"channel" not in POLICY.encode(compiled(""))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('channel = "stable"', Updates("stable")),
        ('channel = "early"\nstage = 5', Updates("early", 5)),
        ('channel = "stable"\nversion = "0.3.1"', Updates("stable", 100, "0.3.1")),
    ],
)
def test_a_policy_names_channel_stage_and_version(text: str, wanted: Updates) -> None:
    """What a person writes comes back from the signed bytes."""
    policy = compiled(f"\n[updates]\n{text}\n")
    assert POLICY.decode(POLICY.encode(policy)).updates == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("stage = 5", 'channel is missing: write channel = "..."'),
        ('channel = "Stable"', "channel must be lower-case words joined by -"),
        ('channel = "a"\nstage = 0', "stage is per cent of the devices, from 1 to 100"),
        ('channel = "a"\nstage = true', "stage is per cent of the devices"),
        ('channel = "a"\nversion = "1.0"', "a version is three numbers, such as"),
        ('channel = "a"\nurl = "x"', "unknown key 'url'; known here: channel, stage"),
    ],
)
def test_what_is_no_update_is_refused_with_its_line(text: str, reason: str) -> None:
    """A mistake in [updates] is named; nothing is guessed."""
    with pytest.raises(PolicySourceError) as refused:
        compiled(f"\n[updates]\n{text}\n")
    assert reason in str(refused.value)


def test_a_stage_has_its_share_and_grows() -> None:
    """A stage holds about its per cent of devices, and each is in all larger ones."""
    stages = [
        {device for device in DEVICES if in_stage(stage, VERSION, device)}
        for stage in (1, 10, 50, 100)
    ]
    shares = [len(stage) / len(DEVICES) for stage in stages]
    assert shares == [
        pytest.approx(wanted, abs=0.04) for wanted in (0.01, 0.1, 0.5, 1.0)
    ]
    assert stages == sorted(stages, key=len)
    assert all(small <= large for small, large in pairwise(stages))


@pytest.mark.parametrize(
    ("version", "device", "first"),
    [
        ("0.3.1", bytes(32), 36),
        ("0.3.1", bytes(range(32)), 34),
        ("0.3.2", bytes(range(32)), 9),
    ],
)
def test_a_stage_is_drawn_as_specified(version: str, device: bytes, first: int) -> None:
    """Which stage is a device's first is what docs/spec/updates.md says."""
    known = read_version(version)
    assert not in_stage(first - 1, known, device)
    assert in_stage(first, known, device)


def test_another_release_begins_with_others() -> None:
    """Not the same devices are always the first to try a release."""
    first, second = (
        {device for device in DEVICES if in_stage(10, version, device)}
        for version in (VERSION, Version(0, 3, 2))
    )
    assert len(first & second) < len(first) / 2


def test_a_machine_can_deny_updates() -> None:
    """local.toml can take updates away; one that speaks of other things leaves them."""
    policy = compiled('\n[updates]\nchannel = "stable"\n')
    denied = parse_restriction(b'deny = ["updates"]', "local.toml")
    other = parse_restriction(b'deny = ["dataset:sessions"]', "local.toml")
    assert narrow(policy, [denied]).updates is None
    assert narrow(policy, [other]).updates == Updates("stable")


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (None, Updates("stable"), None),
        (Updates("stable"), Updates("early"), None),
        (Updates("a", 5), Updates("a", 50, "0.2.0"), Updates("a", 5, "0.2.0")),
        (Updates("a", 5, "0.10.0"), Updates("a", 5, "0.9.0"), Updates("a", 5, "0.9.0")),
        (Updates("a", 5, "nonsense"), Updates("a"), None),
    ],
)
def test_two_policies_allow_what_both_do(
    first: Updates | None, second: Updates | None, both: Updates | None
) -> None:
    """Of two policies the smaller stage and the older release counts."""
    assert meet(first, second) == both
    assert meet(second, first) == both
    one, other = Policy("one", (), first), Policy("other", (), second)
    assert intersect(one, other).updates == both


def test_versions_are_compared_as_numbers() -> None:
    """0.10.0 is newer than 0.9.9, and what is no version is refused."""
    assert read_version("0.10.0") > read_version("0.9.9")
    for text in ("1.0", "01.0.0", "1.0.0\n", "1.0.0rc1", "1.0.123456", ""):
        with pytest.raises(PolicyError, match="three numbers"):
            read_version(text)


def test_a_package_has_a_name_among_targets() -> None:
    """A package's name says release and kind, and no other name does."""
    package = Package(VERSION, read_kind("deb amd64"))
    assert package.path == "agent/0.3.1/deb-amd64"
    assert package.file == "discreet-agent_0.3.1_amd64.deb"
    assert read_path(package.path) == package
    for path in ("agent/0.3.1/exe-amd64", "agent/0.3/deb-amd64", "../agent/0.3.1/x"):
        assert read_path(path) is None
    with pytest.raises(PolicyError, match="a kind is one of deb, rpm, msi"):
        read_kind("deb ../x")
