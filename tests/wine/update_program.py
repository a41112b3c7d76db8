# SPDX-License-Identifier: Apache-2.0
"""One life of the installer of updates on Windows, for tests: run with `python.exe -m`.

Rules: the agent's own installer and Windows Installer; before that, as Windows does
when it begins, the agent's service is started; what is installed makes its good
exchange where its service runs and its release is one that works.
Not here: any expectation.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agent.updates import handover
from agent.updates.installing import Bench, work
from agent.updates.packagers import windows_installer

KIND = "msi amd64"
SERVICE = "DiscreetAgent"
PROGRAMS = Path("C:/Program Files/Discreet/Agent")

if sys.platform == "win32":
    import pywintypes
    import win32service
    import win32serviceutil

    from agent.updates.registered import registered

    def _begin() -> None:
        """Start the agent's service, where there is one that does not run."""
        with suppress(pywintypes.error):
            win32serviceutil.StartService(SERVICE)
            win32serviceutil.WaitForServiceStatus(
                SERVICE, win32service.SERVICE_RUNNING, 60
            )

    def _runs() -> bool:
        with suppress(pywintypes.error):
            state = win32serviceutil.QueryServiceStatus(SERVICE)[1]
            return bool(state == win32service.SERVICE_RUNNING)
        return False

    def _versions() -> list[str]:
        """Return which releases the installed files are of."""
        files = (PROGRAMS / "app").rglob("*.py")
        return sorted({file.read_text("utf-8").split('"')[1] for file in files})

    def main(arguments: Sequence[str]) -> None:
        """Live once, and print how it ended and what is there then.

        Args:
            arguments: the installer's directory, the agent's for updates, the root of
                updates, the second that it is, and the releases that work.
        """
        own, agent, anchor = map(Path, arguments[:3])
        now, works = int(arguments[3]), arguments[4:]
        packager = windows_installer(
            PROGRAMS / "app/wire/release.py", own / handover.INSTALLING, registered
        )

        def pause(_seconds: float) -> None:
            version = packager.version()
            if version is not None and str(version) in works and _runs():
                handover.tell(agent, handover.HEALTHY, version, now)

        own.mkdir(exist_ok=True)
        _begin()
        ended = work(
            Bench(own, agent, anchor, KIND, packager, lambda: float(now), pause)
        )
        told = handover.outcome(own)
        found = {
            "ended": ended,
            "version": str(packager.version()),
            "files": _versions(),
            "runs": _runs(),
            "tries": handover.trial(own) is not None,
            "told": None if told is None else [told[0], str(told[1])],
            "back": [one.name for one in (own / "way-back").iterdir()],
        }
        sys.stdout.write(json.dumps(found))

    if __name__ == "__main__":
        main(sys.argv[1:])
