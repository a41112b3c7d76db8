# SPDX-License-Identifier: Apache-2.0
"""`discreet-server init`: makes a collector and says what to do next.

Rules: nothing is asked; everything that was decided is shown.
Not here: making it (`server/install.py`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import compiled_source, policy_source
from server.commands.masters import add_locks, draw_passphrase, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.authority import Authority
    from server.commands.arguments import Subparsers
    from server.configuration_keyring import KeyringSettings
    from server.layout import Layout

NAME = "init"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="make a collector: keys, first tenant, policy, ledger"
    )
    parser.add_argument(
        "--tenant", required=True, metavar="TITLE", help="the first tenant's name"
    )
    parser.add_argument(
        "--url", required=True, help="https address under which agents reach it"
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="further DNS name or address for the certificate; may be repeated",
    )
    parser.add_argument(
        "--policy",
        default="standard",
        metavar="FILE",
        help="policy file, - for standard input, or minimal, standard, full "
        "(default: standard)",
    )
    parser.add_argument(
        "--master",
        type=Path,
        metavar="DIR",
        help="where the keyring's master key will lie: a directory that no backup "
        "takes (default: the collector's with -master)",
    )
    add_locks(parser)
    parser.add_argument(
        "--store",
        metavar="ADDRESS",
        help="postgresql://HOST/DATABASE?... of a database that "
        "`discreet-server store` has prepared (default: a file of the collector)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Make the collector and show it."""
    from server.authority import open_authority  # noqa: PLC0415 - heavy
    from server.install import init, master_beside  # noqa: PLC0415 - heavy

    now = int(time.time())
    source = policy_source(options.policy)  # once: a pipe gives it only once
    compiled_source(source, options.policy, now)
    master: Path = options.master or master_beside(options.directory)
    drawn = draw_passphrase(options, options.directory, master)
    layout = init(
        options.directory,
        options.tenant,
        options.url,
        options.name,
        source,
        now,
        master=settings_of(options, options.master),
        store=options.store,
    )
    with open_authority(layout) as authority:
        (_show_json if options.json else _show)(layout, authority)
    if drawn:
        printing.hint(
            "discreet-server: a passphrase was drawn and written to "
            f"{options.master_passphrase_file}: keep a second copy of it elsewhere, "
            "for without it nothing here is ever read again"
        )
    return 0


def _show(layout: "Layout", authority: "Authority") -> None:
    from server.configuration_keyring import locked_by  # noqa: PLC0415 - heavy

    settings, policy = authority.configuration, authority.policy()
    purposes = ", ".join(rules.purpose.value for rules in policy.policy.purposes)
    roles = [f"{who}: {', '.join(roles)}" for who, roles in settings.roles.items()]
    command = f"discreet-server --directory {layout.directory}"
    printing.show(f"The collector is in {layout.directory}.", "")
    printing.show_pairs(
        [
            ("tenant", f"{settings.title} ({printing.short(settings.tenant)})"),
            ("address", settings.url),
            ("policy", f"{policy.policy.name}, version {policy.version}: {purposes}"),
            ("valid until", printing.moment(policy.not_after)),
            ("readers", "; ".join(roles)),
            ("master key", f"{settings.keyring.directory}"),
            ("locked by", locked_by(settings.keyring)),
        ]
    )
    printing.show("", *_protection(layout, settings.keyring), "", "Next:")
    printing.show(
        f"  1. Move {layout.offline} off this machine, to two safe places",
        "     (docs/howto/move-the-root-key-offline.md).",
        f"  2. Start it:  {command} serve",
        f"  3. For each machine, make a token:  {command} token",
        "     and there run:  discreet-agent enrol TOKEN",
    )


def _protection(layout: "Layout", keyring: "KeyringSettings") -> "Iterator[str]":
    """Yield what protects the master key, and how to protect it better."""
    yield f"The master key lies apart from store and keyring, in {keyring.directory}:"
    yield "leave that directory out of all backups."
    if keyring.token is not None:
        yield "A token locks it, and has to be there whenever serve starts."
    elif keyring.credential is not None:
        yield "A systemd credential locks it; commands that use keys need it as well."
    elif keyring.passphrase_file is not None:
        yield f"The passphrase in {keyring.passphrase_file} locks it: keep that file on"
        yield "another medium; serve reads it whenever it starts."
    else:
        yield "Nothing locks it but this machine's user and disk: whoever has it and"
        yield f"{layout.keyring} opens all data. Lock it by a passphrase, a systemd"
        yield "credential or a PKCS#11 token (docs/howto/lock-the-master-key.md):"
        yield f"  discreet-server --directory {layout.directory} keyring move-master"
        yield "    DIR --master-passphrase-file FILE"


def _show_json(layout: "Layout", authority: "Authority") -> None:
    from server.configuration_keyring import locked_by  # noqa: PLC0415 - heavy

    settings, policy = authority.configuration, authority.policy()
    printing.show_json(
        {
            "directory": str(layout.directory),
            "tenant": settings.tenant.hex(),
            "title": settings.title,
            "url": settings.url,
            "policy": policy.policy.name,
            "policy_version": policy.version,
            "policy_not_after": printing.moment(policy.not_after),
            "master_key": str(settings.keyring.directory),
            "master_key_locked_by": locked_by(settings.keyring),
            "root_key": str(layout.offline / "root.key"),
            "roles": {who: list(roles) for who, roles in settings.roles.items()},
        }
    )
