# SPDX-License-Identifier: Apache-2.0
"""What a person may choose for the pipe: keys, purposes and policies.

Rules: the real command in a process of its own.
Not here: the pipe itself (`test_scrub.py`), what is found (`tests/unit/redaction`).
"""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from scrub_command import ENVIRONMENT, PROGRAM, ROOT, refused, scrub

pytestmark = pytest.mark.e2e


def test_a_key_makes_runs_agree(tmp_path: Path) -> None:
    """One key gives one stand-in in every run; without one, runs cannot be linked."""
    raw, written = tmp_path / "raw", tmp_path / "hex"
    raw.write_bytes(bytes(range(32)))
    written.write_text(bytes(range(32)).hex() + "\n")
    for path in (raw, written):
        path.chmod(0o600)
    line = b"user=eve\n"
    first = scrub(line, "--key", raw).stdout
    assert first == scrub(line, "--key", written).stdout
    others = [scrub(line, "--key", "new").stdout for _ in range(2)]
    assert len({first, *others}) == 3
    support = scrub(line, "--key", raw, "--purpose", "support").stdout
    assert support not in {first, line}


def kept(state: Path, line: bytes = b"user=eve\n") -> bytes:
    """Return a scrubbed line, with the user's own key under a folder."""
    done = subprocess.run(
        PROGRAM,
        input=line,
        capture_output=True,
        timeout=120,
        check=True,
        env={**ENVIRONMENT, "XDG_STATE_HOME": str(state)},
    )
    return done.stdout


def test_a_users_key_is_kept_for_an_epoch(tmp_path: Path) -> None:
    """Outputs of some weeks have the same tags, later ones have others."""
    first = kept(tmp_path)
    key = tmp_path / "discreet" / "scrub.key"
    assert (key.stat().st_size, key.stat().st_mode & 0o777) == (32, 0o600)
    assert kept(tmp_path) == first
    old = time.time() - 31 * 86_400
    os.utime(key, (old, old))
    second = kept(tmp_path)
    assert second != first
    assert kept(tmp_path) == second


def test_a_key_of_anybody_is_not_used(tmp_path: Path) -> None:
    """A key that others can read, or of another length, is replaced by a good one."""
    key = tmp_path / "discreet" / "scrub.key"
    key.parent.mkdir()
    for content, mode in ((bytes(32), 0o644), (bytes(31), 0o600)):
        key.write_bytes(content)
        key.chmod(mode)
        first = kept(tmp_path)
        assert (key.stat().st_size, key.stat().st_mode & 0o777) == (32, 0o600)
        assert kept(tmp_path) == first


def test_without_a_place_for_a_key_a_run_has_its_own(tmp_path: Path) -> None:
    """Where no key can be kept, lines are scrubbed all the same."""
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert len({kept(blocked), kept(blocked)}) == 2


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A key is its owner's alone, and has the right length."""
    file = tmp_path / "key"
    file.write_bytes(bytes(32))
    file.chmod(0o644)
    assert "chmod 600" in refused("--key", file)
    file.write_bytes(bytes(31))
    file.chmod(0o600)
    assert "32 bytes" in refused("--key", file)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--purpose", "marketing"),
        ("--purpose", "improvement"),
        ("--purpose", "compliance"),
        ("--policy", "standard"),
        ("--policy", "minimal", "--purpose", "support"),
        ("--explain",),
    ],
)
def test_what_may_not_be_is_refused(arguments: tuple[str, ...]) -> None:
    """A purpose or policy without text of logs, and an explanation to a pipe."""
    refused(*arguments)


def test_a_policy_decides(tmp_path: Path) -> None:
    """What the policy makes of a message is made of each line."""
    source = (ROOT / "policies" / "standard.toml").read_text()
    rule = re.compile(r"(dataset\.event_logs\.columns\][^[]*\n\"?message\"? = )\"\w+\"")
    changed, count = rule.subn(r'\1"truncate(14)"', source)
    file = tmp_path / "policy.toml"
    file.write_text(changed)
    done = scrub(
        b"user=eve and a long rest\n", "--policy", file, "--purpose", "support"
    )
    assert count
    assert len(done.stdout) == 15
    assert done.stdout.startswith(b"user=<user_")


@pytest.mark.parametrize("transform", ["scrub", "scrub_prefix"])
def test_a_policy_decides_on_prefixes(tmp_path: Path, transform: str) -> None:
    """Stand-ins of addresses show a network only where the policy says so."""
    source = (ROOT / "policies" / "standard.toml").read_text()
    file = tmp_path / "policy.toml"
    file.write_text(source.replace('message = "scrub"', f'message = "{transform}"'))
    options = ("--policy", file, "--purpose", "support")
    text = scrub(b"from 192.0.2.1\nfrom 192.0.2.200\n", *options).stdout.decode()
    heads = [line.partition("_")[2][:6] for line in text.splitlines()]
    assert (len(set(heads)) == 1) == (transform == "scrub_prefix")
    assert "--keep-prefix" in refused(*options, "--keep-prefix", "ip")
