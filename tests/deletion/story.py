# SPDX-License-Identifier: Apache-2.0
"""What is left of data whose time is over: two months on, after a restore, and later.

Rules: the keeper, the reader and the commands are the programs that ship, on a machine
whose clocks have gone on; everything that is claimed is looked at from outside: files
are searched, keys are tried.
Not here: filling the collector (`machine.py`).
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.errors import ServerError
from server.keeper.copies import strangers
from server.keyring import Keyring, MasterFiles, open_keyring
from server.keyring.restoring import read_backup, restore
from server.store.traces import traces
from tests.deletion.machine import PASSPHRASE, Machine, opened
from wire.envelope import read

DAY = 86_400
LATER = Path(__file__).with_name("later.py")
SAMPLE_BYTES = 32
PIECES = 64
"""Of each envelope: a page of the database is no larger than what is between two."""
PENDING = 12
MACHINE_DAYS = 35
"""What config.toml says of whole-machine backups."""
PEOPLE = ("support", "administration", "security", "provision")
"""Purposes that somebody may read for; `improvement` is the aggregator's alone."""


@dataclass(frozen=True)
class Later:
    """The machine, so many days on."""

    machine: Machine
    days: int

    def _command(self, module: str, *arguments: str) -> list[str]:
        directory = str(self.machine.layout.directory)
        program = [sys.executable, "-I", str(LATER), str(self.days * DAY), module]
        return [*program, "--directory", directory, *arguments]

    def run(self, *arguments: str) -> str:
        """Run a command of `discreet-server` that must succeed; return its output."""
        code, out, told = self.ran(*arguments)
        assert code == 0, told
        return out

    def ran(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; returns exit code, output and what was said beside it."""
        done = subprocess.run(
            self._command("server", *arguments),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    @contextmanager
    def process(self, name: str) -> Iterator[None]:
        """Run the keeper or the reader; what it says goes where `serve` writes."""
        log = self.machine.folder / "collector.log"
        with (
            log.open("ab") as said,
            subprocess.Popen(
                self._command(f"server.{name}"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
            ) as process,
        ):
            assert process.stdout is not None
            assert b"listening" in process.stdout.readline()
            yield
            process.terminate()


def certificate(later: Later, number: int, root: str) -> tuple[int, dict[str, object]]:
    """Export a certificate and verify it where there is no collector.

    Returns:
        The exit code of verifying, and what the certificate says.
    """
    file = later.machine.folder / f"certificate-{number}"
    later.run("certificate", "export", str(number), str(file))
    verify = ("certificate", "verify", str(file), "--root", root, "--json")
    code, out, _ = later.ran(*verify)
    file.unlink()
    return code, json.loads(out)


def first(machine: Machine, days: int, root: str) -> tuple[int, dict[str, object]]:
    """Return exit code and content of the first certificate."""
    later = Later(machine, days)
    with later.process("keeper"):
        return certificate(later, 1, root)


def end(machine: Machine, days: int) -> dict[str, int]:
    """Let days go by with a keeper; return what ended, lives on, and was there."""
    now = machine.now + days * DAY
    machine.ended = {key.key_id for key in machine.keys if key.until <= now}
    there = searched(machine)["octets"]
    later = Later(machine, days)
    with later.process("keeper"):
        later.run("retention", "run")
    dead = len(machine.dead())
    alive = len(machine.envelopes) - dead
    return {"ended": dead, "alive": alive, "there": there}


def searched(machine: Machine) -> dict[str, int]:
    """Search every file for words of canaries, and for octets of what ended.

    The copies that were made before have the octets, sealed, as copies do: they are
    searched for words alone.
    """
    places = [
        machine.layout.directory,
        machine.temporary,
        *machine.folder.glob("*.log"),
    ]
    places.append(machine.folder / "collector-master")
    own = [path for place in places for path in _files(place)]
    copies = list(_files(machine.folder / "backups"))
    sealed = [read(one.octets)[0].ciphertext for one in machine.dead()]
    samples = [piece for octets in sealed for piece in _pieces(octets)]
    words = [path for path in (*own, *copies) if _sings(machine, path)]
    return {
        "files": len(own) + len(copies),
        "strangers": len(strangers(machine.layout)),
        "words": len(words),
        "octets": sum(traces(own, samples)),
        "samples": len(samples),
    }


def _pieces(octets: bytes) -> list[bytes]:
    """Return pieces of sealed octets, from end to end."""
    ends = range(len(octets), SAMPLE_BYTES, -max(SAMPLE_BYTES, len(octets) // PIECES))
    return [octets[end - SAMPLE_BYTES : end] for end in ends]


def _files(place: Path) -> Iterator[Path]:
    for path in (place, *place.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _sings(machine: Machine, path: Path) -> bool:
    return bool(machine.canaries.found_in(path.read_bytes()))


def tried(machine: Machine) -> dict[str, int]:
    """Try every keyring that there is on everything that ended."""
    backup = machine.keyring_backup.read_bytes()
    content = read_backup(backup, PASSPHRASE.encode(), machine.tenant)
    scratch = machine.folder / "scratch"
    scratch.mkdir()
    restore(
        scratch / "keyring",
        MasterFiles(scratch / "master"),
        content,
        machine.now,
    )
    copied = scratch / "copied"
    shutil.copytree(machine.copy.keyring, copied)
    master = MasterFiles(machine.folder / "collector-master")
    counts = {
        "today": _tried(machine, lambda: open_keyring(machine.layout)),
        "copy": _tried(machine, lambda: Keyring(copied, master)),
        "backup": _tried(
            machine,
            lambda: Keyring(scratch / "keyring", MasterFiles(scratch / "master")),
        ),
    }
    counts["machine"] = _tried(
        machine,
        lambda: Keyring(
            machine.copy.keyring,
            MasterFiles(machine.copy.directory.with_name("collector-master")),
        ),
    )
    shutil.rmtree(scratch)
    return counts


def _tried(machine: Machine, opening: Callable[[], Keyring]) -> int:
    """Return how many of the envelopes that ended open with a keyring, if it opens."""
    try:
        keyring = opening()
    except ServerError:
        return 0
    try:
        return opened(machine, keyring, machine.dead())[0]
    finally:
        keyring.close()


def restored(machine: Machine, days: int) -> dict[str, int]:
    """Put back the store and the keyring of the first day, and read for each purpose.

    Returns:
        Tables that anybody sees of purposes that ended, and of those that live on.
    """
    later = Later(machine, days)
    layout = machine.layout
    for path in layout.store.parent.iterdir():
        path.unlink()
    shutil.copyfile(machine.backup, layout.store)
    layout.store.chmod(0o600)
    shutil.rmtree(layout.keyring)
    words = ("--passphrase-file", str(machine.folder / "passphrase"))
    later.run("keyring", "restore", str(machine.keyring_backup), *words)
    counts = {"dead": 0, "alive": 0}
    with later.process("keeper"):
        later.run("retention", "run")
        with later.process("reader"):
            for purpose, lives in _purposes(machine).items():
                counts["alive" if lives else "dead"] += _tables(later, purpose)
    return counts


def _purposes(machine: Machine) -> dict[str, bool]:
    """Return the purposes that people read and data was stored for: does any live?"""
    found: dict[str, bool] = {}
    for one in machine.envelopes:
        if one.purpose in PEOPLE:
            lives = one.key_id not in machine.ended
            found[one.purpose] = found.get(one.purpose, False) or lives
    return found


def _tables(later: Later, purpose: str) -> int:
    """Return how many tables have rows for a purpose."""
    asked = ("--purpose", purpose, "--reason", "test", "--ticket", "T-1")
    out = later.run("query", *asked, "--format", "json")
    return sum(json.loads(line)["rows"] > 0 for line in out.splitlines())


def pinned(machine: Machine) -> str:
    """Return the digest of the root that tokens pin."""
    out = Later(machine, 0).run("root", "show", "--json")
    digest: str = json.loads(out)["digest"]
    return digest


def last_copy(machine: Machine) -> int:
    """Return until when the last copy is kept that has what ended."""
    keyring = open_keyring(machine.layout)
    try:
        dead = [one for one in keyring.tombstones() if one.key_id in machine.ended]
        made = [one.until for one in keyring.copies.every()]
        return max(*made, *(one.destroyed + MACHINE_DAYS * DAY for one in dead))
    finally:
        keyring.close()


def final(machine: Machine, days: int, root: str) -> tuple[int, str]:
    """Return exit code and state of the certificate that replaces the first, later."""
    later = Later(machine, days)
    later.run("policy", "publish", "standard")  # whose keeper it is ends, too
    with later.process("keeper"):
        later.run("retention", "run")
        out = later.run("certificate", "list", "--json")
        numbers = [line["number"] for line in json.loads(out)]
        for number in numbers:
            code, said = certificate(later, number, root)
            if said["replaces"] == 1:
                return code, str(said["state"])
    return PENDING, "none"


def destroy_copies(machine: Machine) -> None:
    """Destroy the copies at the end that was told of them, as was promised."""
    shutil.rmtree(machine.folder / "backups")
