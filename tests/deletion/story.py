# SPDX-License-Identifier: Apache-2.0
"""What is left of data whose time is over: two months on, and later.

Rules: the keeper, the reader and the commands are the programs that ship, on a machine
whose clocks have gone on; everything that is claimed is looked at from outside: files
are searched, keys are tried.
Not here: filling the collector (`machine.py`), putting backups back (`returned.py`).
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.errors import ServerError
from server.keeper.copies import strangers
from server.keyring import Keyring, MasterFiles, open_keyring
from server.keyring.restoring import read_backup, restore
from server.register import releases, rights
from server.register.database import open_register
from server.store.traces import traces
from tests.deletion import handed as handing
from tests.deletion.handed import SAMPLE_BYTES
from tests.deletion.machine import DAY, PASSPHRASE, Machine, opened
from wire.envelope import read

LATER = Path(__file__).with_name("later.py")
PIECES = 64
"""Of each envelope: a page of the database is no larger than what is between two."""
PENDING = 12
MACHINE_DAYS = 35
"""What config.toml says of whole-machine backups."""


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
    there = searched(machine)["octets"]
    later = Later(machine, days)
    with later.process("keeper"):
        later.run("retention", "run")
    dead = len(machine.dead())
    alive = len(machine.envelopes) - dead
    return {"ended": dead, "alive": alive, "there": there}


def searched(machine: Machine) -> dict[str, int]:
    """Search every file for words of canaries, and for octets of what ended.

    The copies that were made before, and what others were given, have octets, sealed,
    as copies do: they are searched for words alone.
    """
    places = [
        machine.layout.directory,
        machine.temporary,
        *machine.folder.glob("*.log"),
    ]
    places.append(machine.folder / "collector-master")
    own = [path for place in places for path in _files(place)]
    given = machine.handed.locked()
    copies = [*_files(machine.folder / "backups"), *given]
    sealed = [read(one.octets)[0].ciphertext for one in machine.dead()]
    samples = [piece for octets in sealed for piece in _pieces(octets)]
    words = [path for path in (*own, *copies) if _sings(machine, path)]
    return {
        "files": len(own) + len(copies),
        "strangers": len(strangers(machine.layout)),
        "words": len(words),
        "octets": sum(traces(own, samples)),
        "samples": len(samples),
        "handed": sum(traces(own, machine.handed.samples)),
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


def exported(machine: Machine) -> dict[str, int]:
    """Search what somebody exported in the clear, which is that person's own.

    Returns:
        Files, those with a canary's word, and exports that the ledger names.
    """
    files = machine.handed.exports()
    lines = Later(machine, 0).run("ledger", "show", "--json").splitlines()
    acts = [json.loads(line) for line in lines]
    return {
        "files": len(files),
        "words": sum(_sings(machine, path) for path in files),
        "told": sum("form" in (one.get("body") or {}) for one in acts),
    }


def handed(machine: Machine, days: int) -> dict[str, int]:
    """Look for what still could be handed out, and ask for it as the recipient.

    Returns:
        Files that wait, locked keys and passwords, the exit code of the answer.
    """
    layout, later = machine.layout, Later(machine, days)
    waits = handing.left_here(layout.directory)
    register, _ = open_register(layout.register)
    with closing(register), register.view() as found:
        notes = [one for one in releases.every(found) if one.note or one.answer]
        keys = [*notes, *rights.every(found, rights.EXPORTS)]
    answer = machine.handed.folder / "late"
    asked = ("share", "fetch", str(machine.handed.request), "--out", str(answer))
    with later.process("keeper"):
        code, _, _ = later.ran(*asked)
    return {"waiting": len(waits), "keys": len(keys), "refused": code}


def tried(machine: Machine) -> dict[str, int]:
    """Try every keyring that there is on everything that ended."""
    scratch = machine.folder / "scratch"
    scratch.mkdir()
    copied = scratch / "copied"
    shutil.copytree(machine.copy.keyring, copied)
    master = MasterFiles(machine.folder / "collector-master")
    counts = {
        "today": _tried(machine, lambda: open_keyring(machine.layout)),
        "copy": _tried(machine, lambda: Keyring(copied, master)),
        "machine": _tried(
            machine,
            lambda: Keyring(
                machine.copy.keyring,
                MasterFiles(machine.copy.directory.with_name("collector-master")),
            ),
        ),
    }
    for name, backup in machine.backups.items():
        octets = backup.keyring.read_bytes()
        content = read_backup(octets, PASSPHRASE.encode(), machine.tenant)
        place, masters = scratch / name, MasterFiles(scratch / f"{name}-master")
        restore(place, masters, content, machine.now)
        counts[name] = _tried(machine, partial(Keyring, place, masters))
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
