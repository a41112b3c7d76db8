# SPDX-License-Identifier: Apache-2.0
"""The sidecar's program: limits itself, opens sockets, gives up its rights, works.

Rules: started by `start.py` alone; standard output carries the answer and nothing else;
nothing of the network is read before the rights are gone; an error is an exit code.
Not here: what may be asked (`seam.py`).
"""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from agent.budget import CAPTURE_BYTES
from agent.errors import HostError
from agent.sidecar.confined import give_up_rights, limit
from agent.sidecar.filters import CAPTURES, FRAME_BYTES, NEIGHBOURS, REPLIES, Filter
from agent.sidecar.question import (
    BAD_SCAPY,
    NO_SCAPY,
    OUT_OF_MEMORY,
    RIGHTS_KEPT,
    Question,
    Task,
    decode_question,
    encode_answer,
    encode_reason,
)

_CRASHED = 70
"""EX_SOFTWARE of sysexits.h."""
_OUT_OF_MEMORY = encode_reason(OUT_OF_MEMORY)
"""Made beforehand: afterwards there is no memory for it."""


def main(arguments: Sequence[str]) -> int:
    """Do what the one argument asks, and write the answer."""
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a stray print is no answer
    try:
        found = _answer(decode_question(arguments[0]))
    except HostError as problem:
        found = encode_reason(problem.reason)
    except MemoryError:
        found = _OUT_OF_MEMORY
    except BaseException:  # noqa: BLE001 - boundary: a trace could carry a value; the parent sees the exit code
        return _CRASHED
    while found:
        found = found[os.write(output, found) :]
    return 0


def _answer(question: Question) -> bytes:
    limit(question.memory, question.processor, question.parent)
    if find_spec("scapy") is None:
        return encode_reason(NO_SCAPY)
    nowhere = f"{os.devnull}{os.sep}none"
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ[name] = nowhere  # scapy unpickles its cache and runs its settings
    try:
        from agent.sidecar import links, work  # noqa: PLC0415 - scapy, under the limits
    except (ImportError, AttributeError, OSError):  # a system that lacks what it wants
        return encode_reason(BAD_SCAPY)
    filtered, most = _filter(question)
    opened = [links.RawLink(item.interface, filtered, most) for item in question.links]
    links.vendor(bytes(6))  # loads the makers' names while files can be opened
    if not give_up_rights(question.parent):
        return encode_reason(RIGHTS_KEPT)
    return encode_answer(work.answer(question, opened))


def _filter(question: Question) -> tuple[Filter, int]:
    if question.task is Task.CAPTURE:
        return CAPTURES[question.filter], CAPTURE_BYTES
    return (REPLIES if question.task is Task.SCAN else NEIGHBOURS), FRAME_BYTES


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
