# SPDX-License-Identifier: Apache-2.0
"""A release's head in words: what it is, who decided it, and what devices vouch for.

Rules: everything is of the verified head; a text of somebody else is shown without what
could steer a terminal.
Not here: verifying it (`releases.py`).
"""

from datetime import UTC, datetime

from wire.papers.decision import Act, read_decided
from wire.papers.release import Release

_SAID = {
    Act.ASK: "asked for by",
    Act.APPROVE: "approved by",
    Act.REFUSE: "refused by",
    Act.WITHDRAW: "withdrawn by",
}


def of(head: Release) -> str:
    """Return lines that tell what a head says."""
    lines = [
        f"release {head.id.hex()} to {_plain(head.recipient)}",
        f"made {_moment(head.made)}",
        *_form(head),
        *(f"on the basis of: {_plain(basis)}" for basis in [head.basis] if basis),
        *_decisions(head),
        *_custody(head),
        *(
            ("" if head.pushed else f"{table.file}: ")
            + f"{table.rows} rows of {table.dataset}: "
            + ", ".join(column.name for column in table.columns)
            for table in head.tables
        ),
        *_whole(head),
    ]
    return "".join(f"{line}\n" for line in lines)


def _form(head: Release) -> list[str]:
    if head.archive is not None:
        return [f"locked by a password, as {head.archive.file}"]
    if head.pushed:
        octets = sum(table.octets for table in head.tables)
        return [
            f"pushed to your channel as {head.format}, {octets} bytes; there is no file"
        ]
    return [f"its key is given out until {_moment(head.expires)}"]


def _whole(head: Release) -> list[str]:
    if head.archive is not None:
        return [f"{head.archive.file} is whole, SHA-256 {head.archive.digest.hex()}"]
    return [] if head.pushed else [f"all {len(head.parts)} parts are whole"]


def _decisions(head: Release) -> list[str]:
    """Return who decided it; the signatures were checked with the head."""
    said = [read_decided(one, head.tenant) for one in head.decisions]
    return [
        f"{_SAID[one.act]} {_plain(one.person)} as {one.role.value} at "
        f"{_moment(one.time)}: {_plain(one.reason)}"
        for one in said
    ]


def _custody(head: Release) -> list[str]:
    custody = head.custody
    if custody is None:
        return []
    whole = custody.verified + custody.left_out
    act = "pushed" if head.pushed else "released"
    lines = [f"{act} by {_plain(custody.by)}"]
    if custody.counted is not None:
        lines.append(f"last counted {_moment(custody.counted)}")
    lines.append(
        f"device signatures verified: {custody.verified} of {whole} envelopes"
        + (f"; {custody.left_out} are left out" if custody.left_out else "")
    )
    if custody.extracts:
        lines.append(f"extracts of a hold, signed by the keeper: {custody.extracts}")
    return lines


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat()
