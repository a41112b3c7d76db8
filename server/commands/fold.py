# SPDX-License-Identifier: Apache-2.0
"""`discreet-server fold`: brings the blocks of folded states up to date now.

Rules: it holds no key and opens nothing, it asks the reader; it shows how far the job
is and, at the end, what it did. The reader does the same by itself every minute.
Not here: the job (`server/reader/folding.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "fold"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    subparsers.add_parser(NAME, help="fold what is new into sealed blocks now")


def run(options: argparse.Namespace) -> int:
    """Ask the reader, and show how far it is."""
    from server.reader.client import ask  # noqa: PLC0415 - heavy

    for message in ask(Layout(options.directory).socket, {"job": NAME}):
        told = message.get("end") or message.get("folded")
        if isinstance(told, dict):
            done = "folded" if "end" in message else "folding"
            large, doubtful = told.get("large"), told.get("doubtful")
            printing.hint(
                f"{done}: envelopes opened: {told.get('envelopes')}, "
                f"blocks stored: {told.get('blocks')}"
                + (f", states too large for a block: {large}" if large else "")
                + (f", states in doubt, so without: {doubtful}" if doubtful else "")
            )
    return 0
