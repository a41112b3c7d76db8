# SPDX-License-Identifier: Apache-2.0
"""A person's session bus with a desktop behind it that shows notices, for tests.

Rules: a real bus, and the real program that gives notices; where they are not here, the
test skips and says so.
Not here: any expectation.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("notice_desktop.py")
SYSTEM_PYTHON = Path("/usr/bin/python3")
HAS_DESKTOP = pytest.mark.skipif(
    not (shutil.which("notify-send") and shutil.which("dbus-daemon")),
    reason="needs Debian's libnotify-bin, dbus, python3-dbus and python3-gi",
)


@contextmanager
def desktop(
    folder: Path, presses: str = ""
) -> Iterator[Callable[[], dict[str, object]]]:
    """Yield what returns the next notice that a person's desktop shows.

    Args:
        folder: the person's own, to be made, in which their bus lies.
        presses: the button that they press.
    """
    folder.mkdir(mode=0o700)
    address = f"unix:path={folder / 'bus'}"
    command = ["dbus-daemon", "--session", "--nofork", f"--address={address}"]
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address}
    with (
        subprocess.Popen(command, stderr=subprocess.DEVNULL) as bus,
        subprocess.Popen(
            [SYSTEM_PYTHON, PROGRAM, presses],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as shows,
    ):
        pipe = shows.stdout
        assert pipe is not None
        try:
            if not pipe.readline():
                pytest.skip("needs Debian's python3-dbus and python3-gi")
            yield lambda: json.loads(pipe.readline())
        finally:
            shows.terminate()
            bus.terminate()
