# SPDX-License-Identifier: Apache-2.0
"""The agent's service under a test's own name, told what no test may tell Windows.

A machine that goes down or sleeps tells each service so by its handler; here another
thread calls that same handler, with what a file says.

Rules: the real host, service manager and agent; it begins with its folder as its word.
Not here: any expectation (`test_wine_controls.py`).
"""

import sys
import threading
import time
from pathlib import Path

import servicemanager

from service.contract import Part
from service.windows_host import _Service


def main() -> None:
    """Be the service."""
    folder = Path(sys.argv[1])
    words = ("--state", str(folder / "state"), "--wait")
    service = _Service(Part.AGENT, words)

    def tell() -> None:
        control = folder / "control"
        while not control.exists():
            time.sleep(0.05)
        service.hear(int(control.read_text()))

    threading.Thread(target=tell, daemon=True).start()
    servicemanager.Initialize("ControlsOfATest", servicemanager.__file__)
    servicemanager.PrepareToHostSingle(service.begun)
    servicemanager.StartServiceCtrlDispatcher()


if __name__ == "__main__":
    main()
