# SPDX-License-Identifier: Apache-2.0
"""`discreet-server release`: makes, signs and renews the agents' update repository.

Rules: keys of root and releases are read from where they were brought to and written
nowhere else; every act is in the ledger.
Not here: the repository (`server/updates`), which device takes what (the policy).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError
from server.layout import Layout
from wire.errors import PolicyError

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.updates.releases import Publisher
    from wire.updates import Package

NAME = "release"
ROLES = ("root", "targets", "snapshot", "timestamp")


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="publish releases of the agent")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    init = acts.add_parser("init", help="make the update repository and its keys")
    init.add_argument(
        "--offline",
        type=Path,
        required=True,
        metavar="DIR",
        help="new folder for the keys of root and releases, to be taken away",
    )
    for name, number, what in (
        ("roots", 3, "root keys"),
        ("root-threshold", 2, "root keys that sign a root"),
        ("releasers", 1, "keys of releases"),
        ("releaser-threshold", 1, "keys of releases that sign one"),
    ):
        init.add_argument(
            f"--{name}", type=int, default=number, help=f"{what} (default: {number})"
        )
    publish = acts.add_parser("add", help="publish a package of a release")
    publish.add_argument("file", type=Path, metavar="FILE", help="the package")
    _of_package(publish)
    move = acts.add_parser("move", help="give a release other channels, or none")
    _of_package(move)
    renew = acts.add_parser("renew", help="sign the next root, or one that waits")
    _keys(renew, "a root key", required=True)
    renew.add_argument(
        "--replace",
        action="append",
        default=[],
        choices=ROLES,
        help="give this role new keys; may be repeated",
    )
    renew.add_argument(
        "--offline", type=Path, metavar="DIR", help="where new offline keys go"
    )
    acts.add_parser("timestamp", help="say that the newest state is still the newest")
    show = acts.add_parser("show", help="show what is published, and until when")
    show.add_argument("--json", action="store_true", help="print JSON")


def _of_package(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--version", required=True, metavar="X.Y.Z", help="of the release"
    )
    parser.add_argument(
        "--kind", required=True, help='sort and machine, such as "deb amd64"'
    )
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME",
        help="whose devices may take it; may be repeated, or left out",
    )
    _keys(parser, "a key of releases", required=True)


def _keys(parser: argparse.ArgumentParser, what: str, *, required: bool) -> None:
    parser.add_argument(
        "--key",
        action="append",
        type=Path,
        required=required,
        metavar="FILE",
        help=f"{what}, brought here for this; may be repeated",
    )


def run(options: argparse.Namespace) -> int:
    """Do what was asked for.

    Raises:
        ServerError: it cannot be done.
    """
    layout, now = Layout(options.directory), int(time.time())
    if options.act == "show":
        _show(layout, now, as_json=options.json)
    elif options.act == "timestamp":
        from server.updates.releases import refresh  # noqa: PLC0415 - heavy

        until = printing.moment(refresh(layout, now))
        printing.show(f"The newest state is signed anew, until {until}.")
    else:
        _publish(options, layout, now)
    return 0


def _publish(options: argparse.Namespace, layout: Layout, now: int) -> None:
    """Do what is written down in the ledger."""
    from contextlib import closing  # noqa: PLC0415 - with the below

    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.updates.releases import Publisher  # noqa: PLC0415 - heavy

    with closing(SqliteLedger(layout.ledger)) as ledger:
        by = Publisher(
            layout,
            now,
            lambda act, body: ledger.add(act, {"by": user_name(), **body}, now),
            getattr(options, "key", ()),
        )
        acts = {"init": _init, "add": _add, "move": _move, "renew": _renew}
        acts[options.act](options, by)


def _init(options: argparse.Namespace, by: "Publisher") -> None:
    from server.updates.releases import Keys, begin  # noqa: PLC0415 - heavy

    keys = Keys(
        options.roots,
        options.root_threshold,
        options.releasers,
        options.releaser_threshold,
    )
    begin(by, options.offline, keys)
    folder = by.layout.updates
    printing.show(
        f"The update repository is in {folder}.",
        "",
        "Next:",
        f"  1. Move {options.offline} off this machine: each key to another person.",
        f"  2. Bring {folder / 'metadata' / '1.root.json'}",
        "     to each machine, as /etc/discreet-agent/update-root.json.",
        "  3. Publish the release that runs there, then the next one:",
        "     discreet-server release add FILE --version X.Y.Z --kind ... --key ...",
        "  4. Have discreet-server release timestamp run each day.",
    )


def _add(options: argparse.Namespace, by: "Publisher") -> None:
    from server.updates import releases  # noqa: PLC0415 - heavy

    package = _package(options)
    digest = releases.add(by, package, options.file, _channels(options))
    printing.show(
        f"Release {package.version} ({package.kind}) is published: sha256 {digest}.",
        f"Channels: {', '.join(sorted(options.channel)) or 'none'}. Which devices take "
        "it is the policy's.",
    )


def _move(options: argparse.Namespace, by: "Publisher") -> None:
    from server.updates import releases  # noqa: PLC0415 - heavy

    package = _package(options)
    releases.move(by, package, _channels(options))
    where = ", ".join(sorted(options.channel)) or "no channel: nobody new takes it"
    printing.show(f"Release {package.version} ({package.kind}) is in {where}.")


def _renew(options: argparse.Namespace, by: "Publisher") -> None:
    from server.updates.releases import renew  # noqa: PLC0415 - heavy

    version = renew(by, set(options.replace), options.offline)
    if version is None:
        printing.show(
            "The next root waits for more signatures: run release renew again with "
            "the keys that are missing."
        )
        return
    printing.show(
        f"Root version {version} of updates is published.",
        "Machines follow it from the one that they have. Take the root keys away.",
    )


def _package(options: argparse.Namespace) -> "Package":
    from wire.updates import Package, read_kind, read_version  # noqa: PLC0415 - lazy

    try:
        return Package(read_version(options.version), read_kind(options.kind))
    except PolicyError as error:
        raise UsageError(str(error)) from None


def _channels(options: argparse.Namespace) -> set[str]:
    from wire.policy_toml import is_slug  # noqa: PLC0415 - with the above

    for name in options.channel:
        if not is_slug(name):
            msg = "a channel's name is lower-case words joined by -"
            raise UsageError(msg)
    return set(options.channel)


def _until(end: int, now: int) -> str:
    return printing.moment(end) + (" (over)" if end <= now else "")


def _show(layout: Layout, now: int, *, as_json: bool) -> None:
    from server.updates.releases import listed  # noqa: PLC0415 - heavy
    from server.updates.repository import Repository  # noqa: PLC0415 - heavy

    repository = Repository(layout.updates, now)
    repository.root()
    versions, ends = repository.versions(), repository.ends()
    found = listed(layout, now)
    if as_json:
        roles = {
            role: {"version": number, "until": printing.moment(ends[role])}
            for role, number in versions.items()
        }
        packages = [
            {
                "version": str(one.package.version),
                "kind": one.package.kind,
                "channels": list(one.channels),
                "sha256": one.digest,
            }
            for one in found
        ]
        printing.show_json({"roles": roles, "packages": packages})
        return
    printing.show_table(
        ("ROLE", "VERSION", "UNTIL"),
        [(role, str(versions[role]), _until(ends[role], now)) for role in ROLES],
    )
    printing.show("")
    if not found:
        printing.show("No release is published yet.")
        return
    printing.show_table(
        ("RELEASE", "KIND", "CHANNELS", "SHA-256"),
        [
            (
                str(one.package.version),
                one.package.kind,
                ", ".join(one.channels) or "none",
                one.digest,
            )
            for one in found
        ],
    )
