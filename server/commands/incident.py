# SPDX-License-Identifier: Apache-2.0
"""`discreet-server incident`: the record of a breach, and who is to be told of it.

Rules: words are read from files and end up locked at the keeper; a proof is a file's
digest; how much time is left is told in hours.
Not here: what was touched (`incident_look.py`), what the keeper does with it
(`server/keeper/acts/incident.py`).
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.commands import asking, incident_look, printing
from server.commands.arguments import file_source, moment
from server.commands.proofs import digest_of
from server.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server.commands.arguments import Subparsers

NAME = "incident"
_ABOUT = ("key", "device", "person", "technician")
_PARTS = {
    "facts": "what happened, when, and whose data it touched",
    "effects": "what it has led to, or may lead to",
    "action": "what was done about it",
}
_ANSWER_BYTES = 64 * 1_024 * 1_024
"""Of what `look --json` prints: ids of more devices than a collector has."""
_HOUR = 3_600


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="look after a breach: what it touched, its record, who is told"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    looked = acts.add_parser("look", help="tell what a key, device or person touched")
    incident_look.add(looked)
    listed = acts.add_parser("list", help="show all, and how much time is left")
    opened = acts.add_parser("open", help="write down that one became known")
    recorded = acts.add_parser("record", help="record facts, effects and action")
    attached = acts.add_parser("attach", help="note what look --json printed")
    told = acts.add_parser("tell", help="write to the client, or enter who was told")
    closed = acts.add_parser("close", help="end one, once all is done")
    shown = acts.add_parser("show", help="show one with its words")
    for one in (opened, recorded, attached, told, closed, shown):
        one.add_argument("incident", metavar="NAME", help="such as inc-2026-07")
    _add_opening(opened)
    for name, what in _PARTS.items():
        recorded.add_argument(f"--{name}", metavar="FILE", help=f"text: {what}")
    attached.add_argument("file", type=Path, metavar="FILE", help="from look --json")
    _add_telling(told)
    for one in (listed, shown):
        one.add_argument("--json", action="store_true", help="print JSON")


def _add_opening(opened: argparse.ArgumentParser) -> None:
    opened.add_argument(
        "--nature",
        required=True,
        metavar="WORD",
        help="confidentiality, integrity or availability",
    )
    opened.add_argument(
        "--known",
        type=moment,
        required=True,
        metavar="TIME",
        help="when it became known, such as 2026-11-29T08:30:00Z: clocks run from it",
    )
    about = opened.add_mutually_exclusive_group(required=True)
    for name in _ABOUT:
        about.add_argument(f"--{name}", metavar="WHICH", help=f"it is about a {name}")


def _add_telling(told: argparse.ArgumentParser) -> None:
    told.add_argument("whom", metavar="WHOM", help="client, authority or people")
    told.add_argument(
        "--words", metavar="FILE", help="text for the client's letter, beside counts"
    )
    told.add_argument(
        "--proof",
        type=Path,
        metavar="FILE",
        help="what shows that authority or people were told; keep it",
    )
    told.add_argument("--reason", default="", metavar="TEXT", help="why so late")
    told.add_argument(
        "--not-needed", default="", metavar="TEXT", help="why they need not be told"
    )


def run(options: argparse.Namespace) -> int:
    """Do what is asked for."""
    _ACTS[options.act](options)
    return 0


def _asked(
    options: argparse.Namespace, step: str, **given: object
) -> "Mapping[str, Any]":
    question = {"act": NAME, "step": step, "incident": options.incident, **given}
    return asking.told(options, question)


def _open(options: argparse.Namespace) -> None:
    about = next(name for name in _ABOUT if getattr(options, name) is not None)
    told = _asked(
        options,
        "open",
        nature=options.nature,
        about=about,
        subject=getattr(options, about),
        known=options.known,
    )
    printing.show(f"Incident {told['name']} is open.")
    _show_duties(told)


def _record(options: argparse.Namespace) -> None:
    parts = {
        name: _text(path)
        for name in _PARTS
        if (path := getattr(options, name)) is not None
    }
    told = _asked(options, "record", parts=parts)
    printing.show(f"Recorded of {told['name']}: {', '.join(told['recorded'])}.")


def _attach(options: argparse.Namespace) -> None:
    counts = _counts(options.file)
    digest = digest_of(options.file)
    told = _asked(options, "attach", digest=digest, **counts)
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    printing.show(f"Attached to {told['name']}: {said}; keep the file {digest}.")


def _counts(path: Path) -> "Mapping[str, int]":
    """Return how much an answer of `look --json` names.

    Raises:
        UsageError: the file is none.
    """
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_ANSWER_BYTES))
        return {
            "devices": len(found["devices"]),
            "columns": sum(map(len, found["columns"].values())),
            "recipients": len(found["recipients"]),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        msg = f"{path} is not what incident look --json prints"
        raise UsageError(msg) from None


def _tell(options: argparse.Namespace) -> None:
    if options.whom == "client":
        _tell_client(options)
        return
    if (options.proof is None) is not bool(options.not_needed):
        msg = "prove it with --proof, or say with --not-needed why it is not needed"
        raise UsageError(msg)
    told = _asked(
        options,
        "tell",
        whom=options.whom,
        proof="" if options.proof is None else digest_of(options.proof),
        why=options.not_needed or options.reason,
    )
    _show_duties(told)


def _tell_client(options: argparse.Namespace) -> None:
    if options.proof or options.not_needed:
        msg = "the client is told by a notice: enter its proof with notice delivered"
        raise UsageError(msg)
    words = "" if options.words is None else _text(options.words)
    notice = _asked(options, "tell", whom="client", why=words)["notice"]
    printing.show(f"Notice {notice[: printing.SHORT_CHARS]} is written.")
    printing.hint(
        "discreet-server: deliver what `notice show` prints, then enter the proof with "
        "notice delivered"
    )


def _close(options: argparse.Namespace) -> None:
    printing.show(f"Incident {_asked(options, 'close')['name']} is closed.")


def _list(options: argparse.Namespace) -> None:
    found = asking.told(options, {"act": NAME, "step": "list"})["incidents"]
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        (
            *("INCIDENT", "NATURE", "ABOUT", "KNOWN"),
            *("CLIENT", "AUTHORITY", "PEOPLE", "STATE"),
        ),
        [
            (
                *(one["name"], one["nature"], one["about"]),
                printing.moment(one["known"]),
                *(_standing(duty) for duty in one["told"]),
                "closed" if one["closed"] else "open",
            )
            for one in found
        ],
    )
    late = sum(
        duty["state"] == printing.OVERDUE for one in found for duty in one["told"]
    )
    if late:
        printing.hint(
            f"discreet-server: {late} of those who are to be told were not told in time"
        )


def _show(options: argparse.Namespace) -> None:
    told = _asked(options, "show")
    if options.json:
        printing.show_json(told)
        return
    words, touched = told["words"], told["touched"]
    pairs = [(name, told[name]) for name in ("name", "nature")]
    pairs.append(("about", f"{told['about']} {words.pop('subject')}"))
    pairs += [
        (name, printing.moment(told[name])) for name in ("known", "opened", "closed")
    ]
    if touched is not None:
        counts = (f"{touched[name]} {name}" for name in touched if name != "digest")
        pairs += [("touched", ", ".join(counts)), ("its file", touched["digest"])]
    pairs += [(one["whom"], _standing(one)) for one in told["told"]]
    printing.show_pairs(pairs)
    for name, text in words.items():
        lines = map(printing.safe, text.splitlines())
        printing.show("", f"{name}:", *(f"  {line}" for line in lines))


def _show_duties(told: "Mapping[str, Any]") -> None:
    printing.show_pairs([(one["whom"], _standing(one)) for one in told["told"]])


def _standing(duty: "Mapping[str, Any]") -> str:
    """Return how a duty stands, with the hours that are left or over."""
    if duty["left"] is None:
        return str(duty["state"])
    by = "in" if duty["left"] > 0 else "by"
    hours = abs(duty["left"]) // _HOUR
    return f"{printing.state(duty['state'])} {by} {hours} h"


def _text(name: str) -> str:
    """Return a text that a person wrote into a file, or standard input.

    Raises:
        UsageError: it cannot be read, or is no text.
    """
    try:
        return file_source(name, "a file with the text").decode()
    except UnicodeDecodeError:
        msg = f"{name} is no text: write it in UTF-8"
        raise UsageError(msg) from None


_ACTS: "Mapping[str, Callable[[argparse.Namespace], None]]" = {
    "attach": _attach,
    "close": _close,
    "list": _list,
    "look": incident_look.look,
    "open": _open,
    "record": _record,
    "show": _show,
    "tell": _tell,
}
