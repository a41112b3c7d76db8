# SPDX-License-Identifier: Apache-2.0
"""`discreet-server token`: makes an enrolment token.

Rules: the token alone goes to standard output, so that a script can take it; it is
shown once and kept nowhere.
Not here: issuing (`server/authority.py`), its form (`wire/token.py`).
"""

import argparse
import time
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import duration
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "token"
DAY = "24h"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="make a token to enrol machines with")
    parser.add_argument(
        "--uses", type=int, default=1, help="how many machines (default: 1)"
    )
    parser.add_argument(
        "--valid",
        type=duration,
        default=DAY,
        metavar="TIME",
        help="for how long, such as 15m, 6h or 30d (default: 24h)",
    )
    parser.add_argument("--site", default="", help="site of these machines")
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="TAG",
        help="tag of these machines; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Make a token and print it."""
    from server.authority import open_authority  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.spots import spot  # noqa: PLC0415 - with the above

    now = int(time.time())
    valid: int = options.valid
    uses: int = options.uses
    where = spot(options.site, options.tag)
    with open_authority(Layout(options.directory)) as authority:
        token = authority.issue_token(valid, uses, now, user_name(), where)
    end = printing.moment(now + valid)
    if options.json:
        printing.show_json({"token": token, "uses": uses, "not_after": end})
        return 0
    machines = "one machine" if uses == 1 else f"{uses} machines"
    printing.hint(f"For {machines}, until {end}; there run: discreet-agent enrol TOKEN")
    printing.show(token)
    return 0
