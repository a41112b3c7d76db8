# SPDX-License-Identifier: Apache-2.0
"""Drives one target by coverage until its time is over; a process of its own.

Rules: whatever a target raises ends it with a report and the input in a file; so do an
input that takes longer than five seconds of a processor and memory beyond the bound.
All of ours that a target imports is instrumented: what it never runs costs nothing.
Not here: starting it and reading what it says (`__main__.py`).

Run it as `python -m tests.fuzz.drive TARGET OPTION...`, with libFuzzer's options.
"""

import shlex
import sys
import time

import atheris

_OURS = ["wire", "agent", "policies", "tests.fuzz.planted"]
with atheris.instrument_imports(include=_OURS):
    from tests.fuzz.planted import PLANTED
    from tests.fuzz.targets import TARGETS

INPUT_SECONDS = 5.0
"""Of a processor, not of a clock: the machine may be busy with something else."""


class SlowError(Exception):
    """An input took longer than any may."""


def main(arguments: list[str]) -> None:
    """Fuzz; libFuzzer ends the process."""
    name, *options = arguments
    one = (TARGETS | PLANTED)[name]

    def each(octets: bytes) -> None:
        began = time.process_time()
        one(octets)
        if (spent := time.process_time() - began) > INPUT_SECONDS:
            message = f"{spent:.1f} s for {len(octets)} octets"
            raise SlowError(message)

    # a merge starts this program again, as a shell reads the first word
    again = shlex.join([sys.executable, "-m", "tests.fuzz.drive", name])
    atheris.Setup([again, *options], each)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
