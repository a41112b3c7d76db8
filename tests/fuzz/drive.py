# SPDX-License-Identifier: Apache-2.0
"""Drives one target by coverage until its time is over; a process of its own.

Rules: whatever a target raises ends it with a report and the input in a file; so do an
input that takes longer than five seconds and memory beyond the bound.
Not here: starting it and reading what it says (`__main__.py`).

Run it as `python -m tests.fuzz.drive TARGET OPTION...`, with libFuzzer's options.
"""

import sys

import atheris

with atheris.instrument_imports(include=["wire", "agent", "policies"]):
    from tests.fuzz.targets import TARGETS


def main(arguments: list[str]) -> None:
    """Fuzz; libFuzzer ends the process."""
    name, *options = arguments
    one = TARGETS[name].one

    def each(octets: bytes) -> None:
        one(octets)

    atheris.Setup(["fuzz", *options], each)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
