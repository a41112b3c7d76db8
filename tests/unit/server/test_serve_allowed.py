# SPDX-License-Identifier: Apache-2.0
"""What the operator allows reaches the gate's store.

Rules: what `serve` is told becomes the gate's own command line, which the gate reads.
Not here: what a quota does (`tests/contract/test_store_quota.py`).
"""

import socket
from pathlib import Path

import pytest

from server.children import gate
from server.commands import serve
from server.commands.arguments import Parser
from server.gate import process
from server.layout import Layout
from server.store.interface import Quotas
from wire.limits import MIB


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], Quotas()),
        (["--device-day-bytes", "64MiB"], Quotas(device=64 * MIB)),
        (["--tenant-day-bytes", "20GiB"], Quotas(tenant=20_480 * MIB)),
    ],
)
def test_a_day_is_as_large_as_the_operator_says(
    tmp_path: Path, given: list[str], expected: Quotas
) -> None:
    """A day's bytes of a device and of a tenant are those that `serve` was given."""
    parser = Parser()
    serve.add(parser.add_subparsers(parser_class=Parser))
    allowed = serve.allowed(parser.parse_args(["serve", *given]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = gate(Layout(tmp_path), listener, allowed=allowed)
    program = child.command.index("server.gate")
    assert process._options(child.command[program + 1 :]).quotas == expected
