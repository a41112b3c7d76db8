# SPDX-License-Identifier: Apache-2.0
"""What a package says in words: the same sections for `about.md` and `index.html`.

Rules: every figure is one of the package's files; what is lacking, pending, overdue or
failed is said as plainly as what holds.
Not here: how it looks (`page.py`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.evidence.clause_map import FAILED
from server.evidence.measured import NONE, OTHER, THIS
from server.evidence.processing import acts_of
from server.evidence.risks import IN_FORCE, LATE

Plain = Mapping[str, Any]
FAILED_TESTS = "requirements with a failed test"
LATE_FINDINGS = "findings overdue"
LATE_TELLING = "duties to tell of them, overdue"
BROKEN_FIGURES = "measured figures not kept"
OWING = "releases with something owed"
ALARMS = frozenset({FAILED_TESTS, BROKEN_FIGURES, LATE_FINDINGS, LATE_TELLING, OWING})
"""Figures that are red unless they are none."""
OWED = {"receipt": "receipt overdue", "attestation": "deletion not attested"}
"""What is said of a release whose recipient owes something."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table with a heading and a sentence.

    Attributes:
        title: its heading.
        words: what it shows, and in which file it is whole.
        headings: of the columns.
        rows: cells in the order of the headings.
        none: what is said where there is no row.
    """

    title: str
    words: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    none: str = "None."


def day(seconds: int | None) -> str:
    """Return a time as a day in UTC; a dash for none."""
    if seconds is None:
        return "-"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d")


def figures(files: Plain) -> list[tuple[str, str]]:
    """Return the few figures that a reader wants first, each with what it counts."""
    counts = files["clauses"]["counts"]
    deleted = files["deletions"]
    tests = files["clauses"]["tests"]
    shown = f"{tests['passed']} passed" if isinstance(tests, dict) else str(tests)
    return [
        (str(len(files["clauses"]["sentences"])), "sentences of the statement, mapped"),
        (str(counts.get("failed", 0)), FAILED_TESTS),
        (shown, "tests of the statement's map"),
        (_kept(files["figures"]), "figures measured of this build"),
        (str(_broken(files["figures"])), BROKEN_FIGURES),
        (str(deleted["certificates"]), "certificates of deletions"),
        (str(deleted["pending"]), "of them pending"),
        (str(len(files["recipients"])), "recipients"),
        (str(files["holds"]["in force"]), "holds in force"),
        (str(files["findings"]["overdue"]), LATE_FINDINGS),
        (str(files["incidents"]["open"]), "incidents open"),
        (str(files["incidents"]["overdue"]), LATE_TELLING),
        (str(_owing(files["releases"])), OWING),
    ]


def _kept(measured: Plain) -> str:
    if measured["state"] != THIS:
        return str(measured["state"])
    return f"{len(measured['list']) - _broken(measured)} kept"


def _broken(measured: Plain) -> int:
    return sum(one["exit"] != 0 for one in measured.get("list", ()))


def _owing(releases: Sequence[Plain]) -> int:
    return sum(bool(one["owes"]) for one in releases)


def sections(files: Plain) -> list[Section]:
    """Return all sections, of the files of a package as plain values."""
    return [
        *_processing(files["record"]),
        _statement(files["clauses"]),
        _requirements(files["clauses"]),
        _measured(files["figures"]),
        _incidents(files["incidents"]),
        _findings(files["findings"]),
        _risks(files["risks"]),
        _recipients(files["recipients"]),
        _releases(files["releases"]),
        _notices(files["notices"]),
        _deletions(files["deletions"]),
        _holds(files["holds"], files["protected"]),
    ]


def _processing(record: Plain) -> Iterator[Section]:
    role = "processor" if "processor" in record else "controller"
    who = record[role]
    client = record.get("on behalf of") or record.get("client")
    yield Section(
        f"Who answers: {role} (GDPR, Art. {record['article']})",
        "From config.toml; whole in record-of-processing.json.",
        ("What", "Who"),
        [*((name, str(value)) for name, value in who.items()), ("client", str(client))],
    )
    yield Section(
        "What is processed, and why",
        "From the signed policy and the catalogue; column by column in data-map.json.",
        ("Purpose", "Basis", "Data", "Erased after", "Read by", "Recipients"),
        [
            (
                f"{one['purpose']} ({one['clause']})",
                one["basis"],
                "; ".join(map(_short, one["categories of data"].values())),
                times(one),
                ", ".join(one["readers"]) or "nobody",
                ", ".join(one["recipients"]) or "none",
            )
            for one in acts_of(record)
        ],
    )
    yield Section(
        "Transfers to third countries",
        "From the register of recipients.",
        ("Recipient", "Country", "Safeguard"),
        [
            (one["recipient"], one["country"], one["safeguard"])
            for one in record["transfers to third countries"]
        ],
    )


def _short(data: Plain) -> str:
    """Return a dataset's title without its explanation."""
    return str(data["title"]).partition(":")[0].rstrip(".")


def times(one: Plain) -> str:
    """Return after how many days the data of a purpose is erased."""
    days = {
        data["erased after"]["days"]
        for data in one["categories of data"].values()
        if data["erased after"]
    }
    return ", ".join(f"{number} days" for number in sorted(days)) or "-"


def _statement(clauses: Plain) -> Section:
    named = clauses["requirements"]
    return Section(
        "The privacy statement, sentence by sentence",
        "What must hold for each sentence, and what shows it; with the tests in "
        "clauses.json.",
        ("Clause", "Sentence", "What must hold"),
        [
            (
                one["clause"],
                one["text"],
                "; ".join(
                    f"{name}: {named[name]['state']}" for name in one["requirements"]
                ),
            )
            for one in clauses["sentences"]
        ],
    )


def _requirements(clauses: Plain) -> Section:
    return Section(
        "What must hold",
        "What tests show, what nothing shows yet, and what people have to do.",
        ("Id", "What", "State", "Lacking, or of people"),
        [
            (
                name,
                one["title"],
                one["state"],
                " ".join(filter(None, (one["lacks"], one["people"]))) or "-",
            )
            for name, one in clauses["requirements"].items()
        ],
    )


def _measured(found: Plain) -> Section:
    source, words = found.get("measured"), ""
    if source is not None:
        words = (
            f"Measured on {source['made']} of version {source['version']}, commit "
            f"{source['commit']}, on {source['on']}, by commands that print it; "
        )
    words += {
        NONE: "What proofs and models print, as make figures writes it down.",
        OTHER: "but that is other code than runs here, so none of it counts.",
        THIS: "its code is octet for octet what runs here. Whole in figures.json.",
    }[found["state"]]
    return Section(
        "What was measured",
        words,
        ("Figure", "What it shows", "Command", "Result", "What it printed"),
        [
            (
                *(one["name"], one["shows"], one["command"]),
                *("not kept" if one["exit"] else "kept", _last(one)),
            )
            for one in found.get("list", ())
        ],
        "None was measured for this build.",
    )


def _last(one: Plain) -> str:
    return " / ".join(one["lines"][-one["shown"] :])


def _incidents(found: Plain) -> Section:
    return Section(
        "Incidents",
        "Breaches of personal data, who was told and in time (GDPR, Art. 33 and 34); "
        "digests of what is recorded are in incidents.json.",
        (
            *("Name", "Nature", "About", "Known", "Devices"),
            *("Client", "Authority", "People", "Closed"),
        ),
        [
            (
                *(one["incident"], one["nature"], one["about"], day(one["known"])),
                "not told"
                if one["touched"] is None
                else str(one["touched"]["devices"]),
                *(duty["state"] for duty in one["told"].values()),
                day(one["closed"]),
            )
            for one in found["list"]
        ],
    )


def _findings(found: Plain) -> Section:
    return Section(
        "Open findings",
        "What tests, audits and incidents showed to be wrong, and by when it ends; "
        f"{found['closed']} that are closed, with what shows it, are in findings.json.",
        ("Name", "Severity", "Source", "What", "Owner", "Due", "State"),
        [
            (
                *(one["finding"], one["severity"], one["source"], one["title"]),
                *(one["owner"], day(one["due"] - 1), one["state"]),
            )
            for one in found["list"]
            if "closed" not in one or one["state"] == FAILED
        ],
    )


def _risks(found: Sequence[Plain]) -> Section:
    return Section(
        "What can still happen",
        "Residual risks as the product's makers see them; the tests that show each "
        "limit are in risks.json.",
        ("Risk", "What limits it", "What is left", "Likely", "Severe", "Looked at"),
        [
            (
                *(one["risk"], one["limits"], one["residual"]),
                *(one["likelihood"], one["severity"]),
                f"by {one['review']}" if one["state"] == IN_FORCE else one["state"],
            )
            for one in found
        ],
    )


def _recipients(found: Sequence[Plain]) -> Section:
    return Section(
        "Recipients",
        "Who may get data at all; whole in recipients.json.",
        ("Name", "Role", "Purposes", "Country", "Agreement", "Until", "State"),
        [
            (
                one["name"],
                one["role"],
                ", ".join(one["purposes"]),
                one["country"],
                one["agreement"],
                day(one["agreement until"]),
                "suspended"
                if one["suspended"] is not None
                else ("agreement over" if one["agreement over"] else "in force"),
            )
            for one in found
        ],
    )


def _releases(found: Sequence[Plain]) -> Section:
    return Section(
        "Releases",
        "What each recipient got or may get; whole in releases.json.",
        ("Release", "Recipient", "Made", "Datasets", "Rows", "State"),
        [
            (
                one["id"][:12],
                one["recipient"],
                day(one["made"]),
                ", ".join(table["dataset"] for table in one["tables"]),
                str(sum(table["rows"] for table in one["tables"])),
                _state_of_release(one),
            )
            for one in found
        ],
    )


def _state_of_release(one: Plain) -> str:
    owes = one["owes"]
    if owes:
        return OWED[owes[-1]]
    for word in ("deleted", "revoked", "received"):
        if one[word] is not None:
            return f"{word} {day(one[word])}"
    return "not received yet"


def _notices(found: Sequence[Plain]) -> Section:
    return Section(
        "Notices",
        "Who was told of what, and the digest of what proves it; whole in "
        "notices.json.",
        ("Notice", "Kind", "To", "About", "Delivered", "Proof", "State"),
        [
            (
                one["id"][:12],
                one["kind"],
                one["to"],
                ", ".join(one["about"]) or "-",
                day(one["delivered"]),
                "-" if one["proof"] is None else one["proof"][:12],
                one["state"],
            )
            for one in found
        ],
    )


def _deletions(found: Plain) -> Section:
    return Section(
        "Deletions",
        f"{found['files']} of {found['certificates']} certificates are in deletions/, "
        "each with its line of the ledger; all are listed in deletions.json.",
        ("Number", "Ended", "Why", "Records", "State", "Until"),
        [
            (
                str(one["number"]),
                day(one["ended"]),
                one["reason"],
                str(one["records"]),
                one["state"],
                day(one["until"]),
            )
            for one in reversed(found["list"])
        ],
    )


def _holds(holds: Plain, uses: Plain) -> Section:
    rows = (
        ("Holds", holds["in force"], holds["review past"], holds["released"]),
        ("Uses to protect rights", uses["in force"], uses["review past"], uses["over"]),
    )
    return Section(
        "Holds, and uses to protect rights",
        "Counts alone: what one is about is told to nobody by this package.",
        ("What", "In force", "Past their review", "Over", "State"),
        [
            (name, *map(str, (force, past, over)), _reviewed(force, past))
            for name, force, past, over in rows
        ],
    )


def _reviewed(force: int, past: int) -> str:
    return LATE if past else "in force" if force else "-"
