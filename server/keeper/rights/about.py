# SPDX-License-Identifier: Apache-2.0
"""What an export says of itself, for its person and for programs.

Rules: what the law wants told (GDPR, article 15) is read from the policy in force, the
catalogue and config.toml, never written by hand; what could not be searched is said.
Not here: the rows (`exporting.py`).
Source: W3C Data Privacy Vocabulary 2.3; JSON-LD 1.1.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence

from policies import catalogue
from server.keeper.desk import Desk
from server.keeper.rights.finding import CLOSED, Found, given
from server.reader.subjects import Subject, blind
from wire.policy import Policy, PurposeRules
from wire.policy_check import DAY
from wire.purposes import RULES
from wire.values import Value

_CONTEXT = {
    "@version": 1.1,
    "dpv": "https://w3id.org/dpv#",
    "dcterms": "http://purl.org/dc/terms/",
    "discreet": "urn:discreet:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "hasPurpose": {"@id": "dpv:hasPurpose", "@type": "@id"},
    "hasDataController": {"@id": "dpv:hasDataController"},
    "hasLegalBasis": {"@id": "dpv:hasLegalBasis"},
    "hasRecipient": {"@id": "dpv:hasRecipient", "@container": "@set"},
    "hasStorageCondition": {"@id": "dpv:hasStorageCondition"},
    "hasProcess": {"@id": "dpv:hasProcess", "@container": "@set"},
    "hasPersonalData": {"@id": "dpv:hasPersonalData", "@container": "@list"},
    "created": {"@id": "dcterms:created", "@type": "xsd:dateTime"},
    "observed": {"@id": "discreet:observed", "@type": "xsd:dateTime"},
    "dataset": {"@id": "discreet:dataset"},
    "device": {"@id": "discreet:device"},
    "device_label": {"@id": "discreet:device-label"},
    "change": {"@id": "discreet:change"},
    "kept_for": {"@id": "discreet:kept-for"},
    "withheld": {"@id": "discreet:withheld", "@container": "@set"},
    "ground": {"@id": "discreet:ground"},
    "values": {"@id": "discreet:values", "@type": "@json"},
    "rows": {"@id": "discreet:rows"},
    "identifier": {"@id": "discreet:identifier"},
    "class": {"@id": "discreet:class"},
    "value": {"@id": "discreet:value"},
}
_FIRST = "hasPersonalData"


def moment(value: Value) -> str | None:
    """Return a time as people and programs read it; None where it is none."""
    if not isinstance(value, int):
        return None
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None  # outside of the calendar: nothing that anybody could read


def opening(desk: Desk, subject: Subject, now: int) -> str:
    """Return the graph's text up to its first record."""
    graph = {
        "@context": _CONTEXT,
        "@type": "dpv:RightExerciseActivity",
        "created": moment(now),
        "hasDataController": desk.settings().controller.name or None,
        "identifier": {"class": subject.kind, "value": subject.value},
        "hasProcess": [
            {
                "@type": "dpv:Process",
                "hasPurpose": RULES[rules.purpose].dpv,
                "hasLegalBasis": rules.basis,
                "hasRecipient": [*rules.readers, *rules.recipients],
                "hasStorageCondition": _kept(rules),
            }
            for rules in desk.policy(now).policy.purposes
        ],
    }
    text = json.dumps({name: held for name, held in graph.items() if held is not None})
    return f'{text[:-1]}, "{_FIRST}": [\n'


def closing(found: Found) -> str:
    """Return the graph's text behind its last record."""
    withheld = [
        {"kept_for": name, "ground": ground, "rows": rows}
        for (name, ground), rows in sorted(found.withheld.items())
    ]
    return f'\n], "rows": {found.total}, "withheld": {json.dumps(withheld)}}}\n'


def words(
    desk: Desk, subject: Subject, found: Found, notes: Sequence[str], now: int
) -> str:
    """Return `about.txt`."""
    lines = [
        *_head(desk, subject, now),
        *_held(found, notes),
        *_kept_beyond(found),
        *_given(desk, found),
        *_reasons(desk.policy(now).policy),
        *_shut(desk, subject, found, now),
        "YOUR RIGHTS: to have it corrected, restricted or erased, to object, to",
        "complain to a supervisory authority. Nothing here was decided by a program.",
    ]
    return "\n".join([*lines, ""])


def _head(desk: Desk, subject: Subject, now: int) -> Iterator[str]:
    controller = desk.settings().controller
    yield f"All that is held under the {subject.kind} {subject.value}"
    yield f"Made {moment(now)}."
    if controller.name:
        yield f"By {controller.name}. {controller.contact} {controller.officer}".strip()
    yield ""


def _held(found: Found, notes: Sequence[str]) -> Iterator[str]:
    yield "WHAT IS HERE: one CSV for each table, and all of it in subject.jsonld"
    for (purpose, dataset), rows in sorted(found.rows.items()):
        title = catalogue().datasets[dataset].title
        yield f"- {dataset} ({title}), for {purpose}: {rows} rows"
    yield f"From {len(found.devices)} devices, in {found.envelopes} sealed messages."
    yield "What looks like user_7f3k9q2m stands for a name and is held only so."
    for note in notes:
        yield f"Noted about it, and shown with it: {note}"
    yield ""


def _kept_beyond(found: Found) -> Iterator[str]:
    yield "WHAT A LAW OR A HOLD KEEPS BEYOND ITS TIME, OR OF WHAT WAS ERASED"
    for (name, dataset), rows in sorted(found.kept.items()):
        yield f"- {dataset}, kept for {name}: {rows} rows, which are here"
    for (name, ground), rows in sorted(found.withheld.items()):
        yield f"- kept for {name}: {rows} rows, which are not here: {ground}"
    yield "Nothing else that can be told to be theirs is kept so."
    yield ""


def _given(desk: Desk, found: Found) -> Iterator[str]:
    yield "WHO WAS GIVEN SOME OF THESE MESSAGES, IN WHOLE OR IN PART"
    for made in given(desk, found):
        yield f"- {made.recipient}, {moment(made.made)}"
    yield "Others were given none."
    yield ""


def _reasons(policy: Policy) -> Iterator[str]:
    yield "WHY, FOR HOW LONG, AND WHO MAY READ IT"
    for rules in policy.purposes:
        yield f"- {RULES[rules.purpose].title}: {rules.basis}"
        yield f"  kept {_kept(rules)} after its period ends"
        yield f"  read by {', '.join(rules.readers) or 'nobody'}"
        yield f"  may be given to {', '.join(rules.recipients) or 'nobody'}"
    yield ""


def _shut(desk: Desk, subject: Subject, found: Found, now: int) -> Iterator[str]:
    yield "WHAT COULD NOT BE LOOKED THROUGH"
    for one in blind(desk.policy(now).policy, catalogue(), subject):
        yield (
            f"- {one.dataset}.{one.column} of {one.purpose.value}: {one.transform} left"
            " too little to tell whose it is"
        )
    if found.unsearched:
        yield (
            f"- {found.unsearched} rows that a law or a hold keeps: what stands for"
            " names in them cannot be made again, so whose they are nobody can tell"
        )
    for shut in sorted(CLOSED, key=lambda item: item.value):
        yield f"- {shut.value}: nobody opens it, and it names no person or device"
    for reason, count in sorted(found.skipped.items()):
        yield f"- {count} sealed messages or tables that do not open: {reason}"
    yield ""


def _kept(rules: PurposeRules) -> str:
    return ", ".join(
        f"{kept.maximum_age // DAY} days ({kept.name})" for kept in rules.retention
    )
