# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The service manager of Linux: systemd.

Rules: units are those of the package, byte for byte, but for the place of the program;
programs run by absolute path, bounded in time; what a person has changed in drop-ins
is theirs and stays; state stays where a service is removed.
Not here: what is in the units (`packaging/linux`), users of a package (its scripts).
Source: systemctl(1), systemd.unit(5), systemd-sysusers(8).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from service import hosted
from service.contract import (
    AbsentError,
    Condition,
    DeniedError,
    Part,
    ServiceError,
    Status,
    Unheard,
)
from service.units import OURS, PACKAGED, Units, units

if sys.platform == "win32":
    reason = "service.linux is for Linux"
    raise ImportError(reason)

SYSTEMCTL = "/usr/bin/systemctl"
SYSUSERS = "/usr/bin/systemd-sysusers"
RUNNING = Path("/run/systemd/system")
"""There where systemd is the first process, says sd_booted(3)."""
_SECONDS = 120.0
"""Longer than a unit may take to start or to stop."""
_CONDITIONS = {
    "active": Condition.RUNNING,
    "activating": Condition.STARTING,
    "reloading": Condition.RELOADING,
    "deactivating": Condition.STOPPING,
    "inactive": Condition.STOPPED,
    "failed": Condition.FAILED,
}
_RESULTS = {
    "watchdog": "it hung and was ended",
    "timeout": "it did not start or end in time",
    "exit-code": "it ended with an error",
    "signal": "it was killed",
    "core-dump": "it crashed",
    "oom-kill": "it wanted more memory than its unit allows",
    "start-limit-hit": "it was started too often in a row",
}
_SHOWN = (
    "LoadState",
    "ActiveState",
    "StatusText",
    "Result",
    "UnitFileState",
    "NRestarts",
)


def is_booted(running: Path = RUNNING) -> bool:
    """Tell whether systemd manages this machine."""
    return running.is_dir()


class Systemd:
    """The Manager of a machine with systemd."""

    def __init__(
        self, folder: Path = OURS, programs: tuple[str, str] = (SYSTEMCTL, SYSUSERS)
    ) -> None:
        """Manage this machine.

        Args:
            folder: where units of an installation without a package go.
            programs: systemctl and systemd-sysusers.
        """
        self._folder = folder
        self._systemctl, self._sysusers = programs

    def install(self, part: Part) -> None:
        """Write units where no package has, make the users, start now and at boot."""
        _as_root()
        found = units(part)
        if not (PACKAGED / found.service).exists():
            self._write(found)
        self._ask("daemon-reload")
        self._ask("unmask", *found.enabled)
        self._ask("enable", *found.enabled)
        self._ask("reset-failed", *found.names, quiet=True)
        self._ask("restart", *found.enabled)

    def remove(self, part: Part) -> None:
        """Stop it, take it from the boot, and take away units that are ours."""
        _as_root()
        found = units(part)
        self._ask("disable", "--now", *found.names, quiet=True)
        for name in found.names:
            (self._folder / name).unlink(missing_ok=True)
        self._ask("daemon-reload")
        self._ask("reset-failed", *found.names, quiet=True)

    def start(self, part: Part) -> None:
        """Start it; systemd returns when it says that it works."""
        self._known(part)
        self._ask("start", *units(part).enabled)

    def stop(self, part: Part) -> None:
        """Stop it; systemd returns when it has ended."""
        self._known(part)
        self._ask("stop", *units(part).names)

    def reload(self, part: Part) -> None:
        """Have it read its settings anew."""
        self._known(part)
        self._ask("reload", units(part).service)

    def status(self, part: Part) -> Status:
        """Tell how it is."""
        shown = self._show(units(part).service)
        if shown.get("LoadState") not in {"loaded", "masked"}:
            return Status(Condition.ABSENT)
        condition = _CONDITIONS.get(shown.get("ActiveState", ""), Condition.FAILED)
        detail = shown.get("StatusText", "")
        if condition is Condition.FAILED:
            detail = _RESULTS.get(shown.get("Result", ""), "it could not run")
            detail += f": journalctl -u {units(part).service} tells more"
        restarts = shown.get("NRestarts", "")
        return Status(
            condition,
            detail,
            shown.get("UnitFileState") == "enabled",
            int(restarts) if restarts.isdigit() else 0,
        )

    def run(self, part: Part, words: Sequence[str]) -> int:
        """Run it here, heard by systemd where that has started it."""
        from service.journal import journal  # noqa: PLC0415 - Linux only
        from service.notify import notifier  # noqa: PLC0415 - Linux only

        life = notifier(os.environ) or Unheard()
        return hosted.run(part, words, life, journal(os.environ, units(part).program))

    def _write(self, found: Units) -> None:
        """Write units and users of an installation without a package."""
        for name, text in found.texts(Path(sys.executable)).items():
            path = self._folder / name
            partial = path.with_name(path.name + ".new")
            try:
                partial.write_text(text)
                partial.chmod(0o644)
                partial.replace(path)
            except OSError as problem:
                msg = f"cannot write {path}: {problem.strerror}"
                raise ServiceError(msg) from None
        _run((self._sysusers, str(found.users)))

    def _known(self, part: Part) -> None:
        if self.status(part).condition is Condition.ABSENT:
            msg = (
                f"the {part.value} is not installed as a service: run discreet-service "
                f"{part.value} install"
            )
            raise AbsentError(msg)

    def _show(self, unit: str) -> dict[str, str]:
        told = _run((self._systemctl, "show", "--property", ",".join(_SHOWN), unit))
        pairs = (line.partition("=") for line in told.splitlines())
        return {name: value for name, _, value in pairs}

    def _ask(self, verb: str, *words: str, quiet: bool = False) -> None:
        """Have systemctl do something."""
        command = (self._systemctl, "--no-ask-password", verb, *words)
        try:
            _run(command)
        except ServiceError:
            if not quiet:
                raise


def _as_root() -> None:
    if os.geteuid() != 0:
        msg = "only root may do that: run it with sudo"
        raise DeniedError(msg)


def _run(command: Sequence[str]) -> str:
    """Run a program of systemd's to its end; return what it says."""
    try:
        done = subprocess.run(  # noqa: S603 - absolute path, fixed words
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "SYSTEMD_PAGER": ""},
        )
    except OSError:
        msg = f"{command[0]} cannot be run: is systemd installed?"
        raise ServiceError(msg) from None
    except subprocess.TimeoutExpired:
        msg = f"systemd did not answer in {_SECONDS:.0f} seconds: try again"
        raise ServiceError(msg) from None
    if done.returncode == 0:
        return done.stdout
    told = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
    if "Access denied" in told or "authentication required" in told.lower():
        msg = "only root may do that: run it with sudo"
        raise DeniedError(msg)
    msg = f"systemd refused: {told}"
    raise ServiceError(msg)
