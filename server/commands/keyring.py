# SPDX-License-Identifier: Apache-2.0
"""`discreet-server keyring`: shows it, backs it up, and says what backups still open.

Rules: a backup is registered and in the ledger before it is written; no key, and
nothing that opens one, is shown.
Not here: the keyring (`server/keyring`), destroying keys.
"""

import argparse
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import case, deciding, printing
from server.commands.arguments import duration
from server.commands.masters import add_locks, draw_passphrase, settings_of
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.commands.arguments import Subparsers
    from server.keyring import Keyring
    from wire.cbor import Plain

NAME = "keyring"
KEEP_SECONDS = 35 * 86_400
"""No backup has what is deleted for longer than this after it was due."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="show, rotate, back up or restore the keyring"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    shown = acts.add_parser("list", help="show keys, what died, and known backups")
    shown.add_argument("--json", action="store_true", help="print JSON")
    acts.add_parser("rotate", help="wrap all keys anew under a fresh master key")
    made = acts.add_parser("backup", help="write a backup that a passphrase locks")
    made.add_argument(
        "--keep",
        type=duration,
        default=KEEP_SECONDS,
        metavar="TIME",
        help="until when every copy of it will be gone (default: 35d)",
    )
    moved = acts.add_parser("move-master", help="put the master key elsewhere")
    moved.add_argument(
        "place",
        type=Path,
        metavar="DIR",
        help="the new place: absent or empty, and in no backup",
    )
    add_locks(moved)
    back = acts.add_parser("restore", help="put back a keyring that is gone")
    for one in (made, back):
        one.add_argument("file", type=Path, metavar="FILE", help="the backup")
        one.add_argument(
            "--passphrase-file",
            type=Path,
            required=True,
            metavar="FILE",
            help="has the passphrase; readable by you alone",
        )
    gone = acts.add_parser(
        "forget-backup", help="say that every copy of a backup was destroyed"
    )
    asked = acts.add_parser(
        "end-backup", help="ask people to say that every copy of a backup is gone"
    )
    for one in (gone, asked):
        one.add_argument(
            "backup", metavar="ID", help="first digits, as list shows them"
        )
    deciding.add_signing(asked)


def run(options: argparse.Namespace) -> int:
    """Show, rotate, back up, forget or restore."""
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy

    layout, now = Layout(options.directory), int(time.time())
    if options.act == "restore":
        _restore(layout, options, now)
        return 0
    if options.act == "move-master":
        _move(layout, options, now)
        return 0
    keyring = open_keyring(layout)
    try:
        match options.act:
            case "list":
                _list(layout, keyring, now, json=options.json)
            case "rotate":
                _written(layout, "keyring-rotated", {}, now)
                generation = keyring.rotate(now)
                printing.show(f"All keys are wrapped anew, in generation {generation}.")
            case "backup":
                _backup(layout, keyring, options, now)
            case "end-backup":
                _ask_to_end(keyring, options)
            case _:
                _forget(layout, keyring, options.backup, now)
    finally:
        keyring.close()
    return 0


def _backup(
    layout: Layout, keyring: "Keyring", options: argparse.Namespace, now: int
) -> None:
    from server.errors import ServerError  # noqa: PLC0415 - with `run`'s imports
    from server.key_files import write_new  # noqa: PLC0415 - likewise
    from server.keyring.backups import LOG_N  # noqa: PLC0415 - heavy
    from server.keyring.place import read_passphrase  # noqa: PLC0415 - heavy

    passphrase, until = read_passphrase(options.passphrase_file), now + options.keep
    if options.file.exists():
        msg = f"{options.file} is there: give a file that is not"
        raise UsageError(msg)
    made = keyring.copies.register(until, now)
    try:
        _written(layout, "backup-made", {"backup": made.id, "until": until}, now)
        write_new(options.file, keyring.copies.octets(made, passphrase, LOG_N))
    except ServerError:
        keyring.copies.end(made.id, now)
        raise
    printing.show(
        f"The keyring is in {options.file}, locked, as backup "
        f"{printing.short(made.id)}.",
        f"Destroy every copy of it by {printing.moment(until)}: until then it counts "
        "as opening what is deleted.",
    )


def _forget(layout: Layout, keyring: "Keyring", name: str, now: int) -> None:
    from server import configuration  # noqa: PLC0415 - heavy

    if configuration.read(layout).people:
        msg = "two people say that a backup is gone: ask with keyring end-backup"
        raise UsageError(msg)
    number = _named(keyring, name)
    _written(layout, "backup-ended", {"backup": number}, now)
    keyring.copies.end(number, now)
    printing.show(f"Backup {printing.short(number)} counts no more.")


def _ask_to_end(keyring: "Keyring", options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    terms = {"backup": _named(keyring, options.backup).hex()}
    counts = case.open_case(options, MatterKind.BACKUP_END, terms)
    printing.show(f"Keys that wait for this backup's end: {counts['waiting']}.")


def _named(keyring: "Keyring", name: str) -> bytes:
    """Return the id of the backup that is named by its first digits."""
    known = keyring.copies.every()
    found = [one for one in known if one.id.hex().startswith(name.lower())]
    if not name or len(found) != 1:
        msg = "there is no such backup: discreet-server keyring list shows them"
        raise UsageError(msg)
    return found[0].id


def _restore(layout: Layout, options: argparse.Namespace, now: int) -> None:
    from server import configuration  # noqa: PLC0415 - heavy
    from server.keyring import restoring  # noqa: PLC0415 - heavy
    from server.keyring.place import master_files, read_passphrase  # noqa: PLC0415
    from server.refusals import noting_keyring  # noqa: PLC0415 - heavy

    settings = configuration.read(layout)
    passphrase = read_passphrase(options.passphrase_file)
    try:
        octets = options.file.read_bytes()
    except OSError as error:
        msg = f"cannot read {options.file}: {error.strerror}"
        raise UsageError(msg) from None
    with noting_keyring(layout):
        content = restoring.read_backup(octets, passphrase, settings.tenant)
    number = content.backup.id
    restoring.require_none(layout.keyring)
    _written(layout, "keyring-restored", {"backup": number}, now)
    master = master_files(layout, settings.keyring)
    restoring.restore(layout.keyring, master, content, now)
    buried = _bury(layout, settings.tenant, now)
    printing.show(
        f"The keyring of {printing.moment(content.backup.made)} is back, under a fresh "
        "master key.",
        "Keys that were made later are gone, and what was sealed to them with them.",
        f"Destroyed again, as ledger and store know them to be dead: {buried}.",
        "Start serve: nothing is read until the keeper has gone through all once.",
    )


def _move(layout: Layout, options: argparse.Namespace, now: int) -> None:
    from server.keyring.moving import move  # noqa: PLC0415 - heavy

    settings = settings_of(options, options.place)
    drawn = draw_passphrase(options, layout.directory, options.place)
    with ExitStack() as stack:
        if sys.platform != "win32":  # a collector's keeper and reader run on Linux
            from server.desk.listening import listening  # noqa: PLC0415 - heavy

            stack.enter_context(listening(layout.keeper_socket, "keeper"))
            stack.enter_context(listening(layout.socket, "reader"))
        _written(layout, "keyring-moved", {}, now)
        generation = move(layout, settings, now)
    printing.show(
        f"The master key is in {settings.directory}; all keys are wrapped anew, in "
        f"generation {generation}.",
        "Leave that directory out of all backups, and remove the former one.",
    )
    if drawn:
        printing.show(
            f"A passphrase was drawn into {settings.passphrase_file}: keep a second "
            "copy of it elsewhere."
        )


def _bury(layout: Layout, tenant: bytes, now: int) -> int:
    """Let die in a restored keyring what died since; returns how many keys did."""
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.processes import Process  # noqa: PLC0415 - heavy
    from server.restoring import dead_elsewhere  # noqa: PLC0415 - heavy
    from server.storing import open_sealed  # noqa: PLC0415 - heavy

    with ExitStack() as stack:
        keyring = open_keyring(layout)
        stack.callback(keyring.close)
        keyring.set_renewing(on=True)
        ledger = SqliteLedger(layout.ledger)
        stack.callback(ledger.close)
        store = open_sealed(layout, Process.KEEPER)
        stack.callback(store.close)
        return keyring.bury(dead_elsewhere(ledger, store, tenant), now)


def _written(layout: Layout, act: str, body: "Mapping[str, Plain]", now: int) -> None:
    """Write an act into the ledger."""
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    ledger = SqliteLedger(layout.ledger)
    try:
        ledger.add(act, {"by": user_name(), **body}, now)
    finally:
        ledger.close()


def _list(layout: Layout, keyring: "Keyring", now: int, *, json: bool) -> None:
    from server import configuration  # noqa: PLC0415 - heavy
    from server.configuration_keyring import locked_by  # noqa: PLC0415 - heavy
    from server.keyring.backups import pending_until  # noqa: PLC0415 - heavy

    settings = configuration.read(layout)
    machine, known = settings.keyring.machine, keyring.copies.every()
    ends = [pending_until(one, known, machine) for one in keyring.tombstones()]
    pending = [end for end in ends if end > now]
    live = keyring.live(settings.tenant)
    keys = Counter(key.purpose.value for key in live)
    told = {
        "generation": keyring.generation(),
        "master": str(settings.keyring.directory or layout.keyring),
        "locked_by": locked_by(settings.keyring),
        "keys": dict(sorted(keys.items())),
        "overdue": sum(key.until <= now for key in live),
        "destroyed": len(ends),
        "pending": len(pending),
        "pending_until": printing.moment(max(pending, default=0)),
        "machine_days": None if machine is None else machine // 86_400,
    }
    backups = [
        {
            "id": one.id.hex(),
            "made": printing.moment(one.made),
            "until": printing.moment(one.until),
            "counts": one.ended is None and one.until > now,
        }
        for one in known
    ]
    if json:
        printing.show_json({**told, "backups": backups})
        return
    told["keys"] = ", ".join(f"{count} {name}" for name, count in sorted(keys.items()))
    printing.show_pairs(
        [(name.replace("_", " "), str(value)) for name, value in told.items()]
    )
    printing.show("")
    rows = [_row(one.id, said) for one, said in zip(known, backups, strict=True)]
    printing.show_table(("BACKUP", "MADE", "KEPT UNTIL", "COUNTS"), rows)


def _row(backup: bytes, said: "Mapping[str, object]") -> tuple[str, ...]:
    counts = "yes" if said["counts"] else "no"
    return printing.short(backup), str(said["made"]), str(said["until"]), counts
