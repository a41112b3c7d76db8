# SPDX-License-Identifier: Apache-2.0
"""The gate is blind: a running collector's gate holds nothing that opens.

Rules: the installed programs, one real pass of an agent and one reading; processes are
looked at from outside, and each scan must find what it is known to hold.
Not here: what the gate imports and how it ends (`test_gate_process.py`).
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from ahocorasick_rs import BytesAhoCorasick
from canary_machine import canary_machine
from collector_process import collector, run

from server import configuration
from server.key_files import read_hexadecimal, read_signing_key
from server.keyring import open_keyring
from server.layout import Layout
from wire.purposes import Purpose

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
NO_BYTES = ("[vvar]", "[vvar_vclock]", "[vsyscall]")


@dataclass
class Looked:
    """What was seen of one process while it ran.

    Attributes:
        found: names of the secrets that its memory, arguments or environment hold.
        places: those of its paths that are in the installation, by their folder.
    """

    found: set[str]
    places: set[str]


@dataclass
class Seen:
    """One running collector, looked at."""

    opening: set[str]
    """Names of everything that opens, signs for others or makes pseudonyms."""
    gate: Looked
    reader: Looked


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run a collector, let an agent ship to it, read once, and look."""
    folder = tmp_path_factory.mktemp("blind")
    canary_machine(folder / "machine")
    with collector(folder / "collector") as made:
        run("discreet-agent", "enrol", made.token(), state=folder / "agent")
        ship(folder)
        shown = made.ask("query", "--purpose", "security", "--reason", "test")
        assert "software" in shown
        opening = secrets_of(Layout(made.folder))
        own = read_signing_key(made.folder / "gate" / "gate.key").seed()
        searched = {**opening, "the gate's own key": own}
        processes = {module_of(pid): pid for pid in made.children()}
        return Seen(
            set(opening),
            look(processes["server.gate"], made.folder, searched),
            look(processes["server.reader"], made.folder, searched),
        )


def test_the_gate_holds_nothing_that_opens(seen: Seen) -> None:
    """Of all secrets of an installation its memory has its own signing key only."""
    assert len(seen.opening) > 20
    assert seen.gate.found == {"the gate's own key"}


def test_the_gate_has_no_file_of_others(seen: Seen) -> None:
    """Open files, mappings, arguments and environment name gate and store only."""
    assert seen.gate.places == {"gate", "store"}


def test_what_opens_is_in_the_reader(seen: Seen) -> None:
    """The same look at the reader finds what opens, and not the gate's key."""
    assert {"the master key", "the store role"} <= seen.reader.found
    assert "the gate's own key" not in seen.reader.found
    assert "keyring" in seen.reader.places


def ship(folder: Path) -> None:
    """Make one full pass of an agent on the recorded machine."""
    program = TESTS / "privacy" / "canary_agent.py"
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    done = subprocess.run(
        [sys.executable, program, folder / "machine", folder / "agent"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def secrets_of(layout: Layout) -> dict[str, bytes]:
    """Return every secret of an installation but the gate's, by name."""
    tenant = configuration.read(layout).tenant
    beside = configuration.read(layout).keyring.directory
    assert beside is not None
    (master,) = beside.glob("master-*.key")
    found = {"the master key": read_hexadecimal(master, 32)}
    keyring = open_keyring(layout)
    try:
        found["the store role"] = keyring.store_role_key().seed()
        for key in keyring.public_keys(tenant):
            scoped = keyring.scoped(tenant, key.purpose, int(time.time()))
            opening = scoped.opening_key(key.id)
            assert opening is not None
            seed = opening.seed()
            found[f"ML-KEM {key.purpose} {key.start}"] = seed[:64]
            found[f"X25519 {key.purpose} {key.start}"] = seed[64:]
        for one in keyring.pseudonym_keys(tenant, list(Purpose), int(time.time())):
            found[f"pseudonyms {one.purpose} {one.start} {one.end}"] = one.key
    finally:
        keyring.close()
    for path in layout.authority.glob("*.key"):
        found[path.name] = path.read_bytes()
        with contextlib.suppress(ValueError):
            found[path.name] = bytes.fromhex(path.read_text("ascii"))
    found["root.key"] = read_hexadecimal(layout.offline / "root.key", 32)
    return found


def module_of(process: int) -> str:
    """Return which module a child was started with."""
    words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    return words[words.index(b"-m") + 1].decode()


def look(process: int, folder: Path, searched: Mapping[str, bytes]) -> Looked:
    """Search a process for secrets and for the folders of an installation."""
    near = Path(f"/proc/{process}")
    named = [(near / name).read_bytes() for name in ("cmdline", "environ", "maps")]
    files = [
        os.fsencode(path.readlink())
        for path in (near / "fd").iterdir()
        if path.is_symlink()
    ]
    forms = list(forms_of(searched, folder))
    finder = BytesAhoCorasick([form for _, form in forms])
    found = {
        forms[index][0]
        for octets in (*named, *files, *memory(near))
        for index, _, _ in finder.find_matches_as_indexes(octets, overlapping=True)
    }
    folders = {path.name for path in folder.iterdir()}
    return Looked(found & searched.keys(), found & folders)


def forms_of(
    searched: Mapping[str, bytes], folder: Path
) -> Iterator[tuple[str, bytes]]:
    """Yield what to look for: secrets, raw and in digits, and folders' paths."""
    for name, secret in searched.items():
        yield from ((name, secret), (name, secret.hex().encode()))
    for path in folder.iterdir():
        if path.is_dir():
            yield path.name, os.fsencode(path)


def memory(near: Path) -> Iterator[bytes]:
    """Yield every readable mapping of a process."""
    areas = (near / "maps").read_text().splitlines()
    with (near / "mem").open("rb", 0) as opened:
        for area in areas:
            span, rights = area.split()[:2]
            if "r" not in rights or area.endswith(NO_BYTES):
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            opened.seek(start)
            with contextlib.suppress(OSError):
                yield opened.read(end - start)
