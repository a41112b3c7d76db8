# SPDX-License-Identifier: Apache-2.0
"""The sidecar's program: limits itself, opens sockets, gives up its rights, works.

Rules: started by `start.py` alone; standard output carries the answer and nothing else;
nothing of the network is read before the rights are gone; an error is an exit code.
Not here: what may be asked (`seam.py`).
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from agent.budget import CAPTURE_BYTES
from agent.sidecar.confined import give_up_rights, limit
from agent.sidecar.filters import CAPTURES, FRAME_BYTES, NEIGHBOURS, REPLIES, Filter
from agent.sidecar.program import run
from agent.sidecar.question import (
    BAD_SCAPY,
    NO_SCAPY,
    RIGHTS_KEPT,
    Question,
    Task,
    decode_question,
    encode_answer,
    encode_reason,
)


def main(arguments: Sequence[str]) -> int:
    """Do what the one argument asks, and write the answer."""
    return run(lambda: _answer(decode_question(arguments[0])))


def _answer(question: Question) -> bytes:
    limit(question.memory, question.processor, question.parent)
    vendor: Callable[[bytes], str] = _unknown
    if sys.platform == "win32" or question.task is Task.SCAN:  # sockets, names
        if find_spec("scapy") is None:
            return encode_reason(NO_SCAPY)
        nowhere = f"{os.devnull}{os.sep}none"
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[name] = (
                nowhere  # scapy unpickles its cache and runs its settings
            )
        try:
            from agent.sidecar import links  # noqa: PLC0415 - under the limits
        except (ImportError, AttributeError, OSError):  # a system that lacks its wants
            return encode_reason(BAD_SCAPY)
        vendor = links.vendor
    from agent.sidecar import work  # noqa: PLC0415 - on Windows scapy, under the limits

    filtered, most = _filter(question)
    own = question.task is Task.CAPTURE  # what passes is what is sent, too
    opened = [
        work.OpenLink(link.interface, filtered, most, own=own)
        for link in question.links
    ]
    vendor(bytes(6))  # loads the makers' names while files can be opened
    if not give_up_rights(question.parent):
        return encode_reason(RIGHTS_KEPT)
    return encode_answer(work.answer(question, opened, vendor))


def _unknown(_mac: bytes) -> str:
    return ""


def _filter(question: Question) -> tuple[Filter, int]:
    if question.task is Task.CAPTURE:
        return CAPTURES[question.filter], CAPTURE_BYTES
    return (REPLIES if question.task is Task.SCAN else NEIGHBOURS), FRAME_BYTES


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
