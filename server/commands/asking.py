# SPDX-License-Identifier: Apache-2.0
"""Asks the keeper of a command's installation a question that has one answer.

Rules: the keeper's error is raised here as itself; nothing heavy is loaded before.
Not here: the socket (`server/desk/asking.py`), showing the answer.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from server.layout import Layout


def told(
    options: argparse.Namespace, question: Mapping[str, object], seconds: float = 0
) -> dict[str, Any]:
    """Return what the keeper answers.

    Args:
        options: of the command, with the installation's directory.
        question: names its act.
        seconds: how much longer than usual the answer may take.

    Raises:
        ServerError: what the keeper says is wrong, or it does not answer.
    """
    from server.desk.asking import told  # noqa: PLC0415 - heavy

    return told(Layout(options.directory).keeper_socket, question, seconds)


def listed(
    options: argparse.Namespace, question: Mapping[str, object], name: str
) -> dict[str, Any]:
    """Return what the keeper answers at last, with all that it listed under a name.

    Args:
        options: of the command, with the installation's directory.
        question: names its act.
        name: of the lists of its messages.

    Raises:
        ServerError: what the keeper says is wrong, or it does not answer.
    """
    from server.desk.asking import ask, whole_of  # noqa: PLC0415 - heavy

    keeper = Layout(options.directory).keeper_socket
    found, end = whole_of(ask(keeper, question), name)
    return {**end, name: found}
