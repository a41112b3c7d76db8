# SPDX-License-Identifier: Apache-2.0
"""A Debian machine booted by systemd-nspawn, on which packages are installed.

Rules: its system is made once by debootstrap and never changed; what a test changes is
in memory and gone with it. It shares this machine's network, so that it reaches a
collector on loopback; its systemd, users, files and processes are its own. Where no
such machine can be had, the test skips and says why.
Not here: any expectation.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from package_fixture import locked

INCLUDED = (
    "systemd,systemd-sysv,dbus,libstdc++6,procps,rpm,libpam-systemd,dbus-user-session,"
    "libnotify-bin,python3-dbus,python3-gi"
)
"""The last ones for people with a session, and a desktop that shows notices."""
_BOOT_SECONDS = 180
_STOP_SECONDS = 90
_STEP = 0.1
_WANTS_REBOOT = 133
"""With which systemd-nspawn ends where the machine in it reboots."""
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}


@dataclass
class Machine:
    """A running machine.

    Attributes:
        root: its files.
        command: of systemd-nspawn.
        log: what it says on its console.
        variables: of the commands that are run on it.
        process: of systemd-nspawn.
    """

    root: Path
    command: Sequence[str | Path]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)
    variables: dict[str, str] = field(default_factory=lambda: dict(_ENVIRONMENT))

    @property
    def init(self) -> int:
        """Return the process number, here, of its systemd."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(listed[0])

    def ask(self, *command: str, fails: bool = False) -> str:
        """Run a command on it as root and return what it printed on both streams."""
        done = subprocess.run(
            ["nsenter", "--all", "-t", str(self.init), "--", *command],
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        assert bool(done.returncode) is fails, done.stdout
        return done.stdout

    def shell(self, script: str, *, fails: bool = False) -> str:
        """Run a script on it as root and return what it printed."""
        return self.ask("sh", "-c", script, fails=fails)

    def put(self, source: Path) -> str:
        """Copy a file to it; return its path there."""
        folder = self.root / "root"
        shutil.copy(source, folder)
        return f"/root/{source.name}"

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file on it, as its root's, which its disk has before it fails."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w") as file:
            file.write(text)
            file.flush()
            target.chmod(mode)
            os.fsync(file.fileno())

    def unit(self, name: str, *properties: str) -> list[str]:
        """Return properties of a unit, in the order in which they were asked for."""
        shown = self.ask("systemctl", "show", name, *(f"-p{one}" for one in properties))
        found = dict(line.split("=", 1) for line in shown.splitlines())
        return [found[one] for one in properties]

    def await_(self, what: str, script: str, seconds: float = 120) -> None:
        """Wait until a script succeeds on it."""
        until = time.monotonic() + seconds
        command = ["nsenter", "--all", "-t", str(self.init), "--", "sh", "-c", script]
        while subprocess.run(
            command, env=_ENVIRONMENT, capture_output=True, check=False
        ).returncode:
            assert time.monotonic() < until, f"{what}\n{self.journal()}"
            time.sleep(_STEP)

    def boot(self) -> None:
        """Switch it on; return when it is up."""
        with self.log.open("ab") as console:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )
        _wait_for_boot(self, self.log)

    def reboot(self) -> None:
        """Have it go down and come up again; return when it is up."""
        self.shell("systemctl --no-block reboot")
        assert self.process.wait(_STOP_SECONDS) == _WANTS_REBOOT
        self.boot()

    def end(self) -> None:
        """Switch it off."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def journal(self) -> str:
        """Return what the product's units said."""
        return self.ask("journalctl", "--no-pager", "-n60", "-u", "discreet-*")


@contextmanager
def machine(
    folder: Path, megabytes: int = 600, told: Mapping[str, str] | None = None
) -> Iterator[Machine]:
    """Boot a machine.

    Args:
        folder: a folder of the test's own.
        megabytes: room for what is changed on it.
        told: variables that its systemd starts with.
    """
    with (
        _changeable(system(), folder, megabytes) as root,
        booted(root, folder, told) as made,
    ):
        yield made


@contextmanager
def booted(
    root: Path, folder: Path, told: Mapping[str, str] | None = None
) -> Iterator[Machine]:
    """Boot a machine from the files of a system.

    Args:
        root: the files.
        folder: a folder of the test's own.
        told: variables that its systemd starts with.
    """
    variables = [f"--setenv={name}={text}" for name, text in (told or {}).items()]
    command = (
        *("systemd-nspawn", "-q", "-D", root, "--boot", "--keep-unit"),
        *("--register=no", "--link-journal=no", "--console=pipe"),
        *variables,
    )
    made = Machine(root, command, folder / "console.log")
    try:
        made.boot()
        yield made
    finally:
        made.end()


def _wait_for_boot(made: Machine, log: Path) -> None:
    until = time.monotonic() + _BOOT_SECONDS
    while True:
        ended = made.process.poll() is not None
        if ended or time.monotonic() > until:
            last = log.read_text(errors="replace").strip().splitlines()[-3:]
            pytest.skip(f"systemd does not boot in systemd-nspawn here: {last}")
        try:
            state = subprocess.run(
                [
                    *("nsenter", "--all", "-t", str(made.init), "--"),
                    *("systemctl", "is-system-running"),
                ],
                env=_ENVIRONMENT,
                capture_output=True,
                text=True,
                check=False,
            ).stdout.strip()
        except (OSError, IndexError):
            state = ""
        if state in {"running", "degraded"}:
            return
        time.sleep(_STEP)


def system() -> Path:
    """Return the files of a Debian system, made where there is none yet."""
    if os.geteuid():
        pytest.skip("only root can boot a machine")
    programs = ("debootstrap", "systemd-nspawn", "nsenter")
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with locked("machine") as folder:
        root = folder / "with-sessions"
        mark = folder / "with-sessions.included"
        if not mark.exists() or mark.read_text() != INCLUDED:
            mark.unlink(missing_ok=True)
            shutil.rmtree(root, ignore_errors=True)
            _bootstrap(root)
            mark.write_text(INCLUDED)
    return root


def _bootstrap(root: Path) -> None:
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", "bookworm", root],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no Debian system can be made: {done.stdout.strip()[-300:]}")
    # As a machine that was never started: its identity is drawn when it boots.
    (root / "etc" / "machine-id").write_text("")


@contextmanager
def _changeable(system: Path, folder: Path, megabytes: int) -> Iterator[Path]:
    """Yield a root that shows a system's files and keeps changes in memory."""
    memory, root = folder / "memory", folder / "root"
    memory.mkdir()
    root.mkdir()
    mounted: list[Path] = []
    try:
        _mount(mounted, memory, "tmpfs", f"size={megabytes}m")
        (memory / "upper").mkdir()
        (memory / "work").mkdir()
        layers = f"lowerdir={system},upperdir={memory}/upper,workdir={memory}/work"
        _mount(mounted, root, "overlay", layers)
        yield root
    finally:
        for path in reversed(mounted):
            subprocess.run(["umount", "--lazy", path], check=False)


def _mount(mounted: list[Path], path: Path, kind: str, options: str) -> None:
    done = subprocess.run(
        ["mount", "-t", kind, "-o", options, kind, path],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"{kind} cannot be mounted here: {done.stderr.strip()}")
    mounted.append(path)
