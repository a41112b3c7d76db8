# SPDX-License-Identifier: Apache-2.0
"""The ledger's entries as other programs read them: syslog lines and OCSF events.

Rules: one line an entry, whatever its texts hold; an entry whose words have ended is
written too, with its digest; ids are hexadecimal digits.
Not here: the forms of lines and events (`server/formats`), the command
(`server/commands/ledger.py`).
"""

import json
from collections.abc import Callable, Iterator, Mapping

from server.formats import ocsf, syslog
from server.formats.ocsf_map import Event
from server.formats.syslog import Facility, Message, Severity
from server.ledger import Act
from wire.cbor import Plain

_ACTIVITY = 6_003
"""The class of OCSF for what somebody asked a program to do."""
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_ACTIVITIES: Mapping[str, int] = {
    "accounted": _READ,
    "alerts-looked": _READ,
    "body-erased": _DELETE,
    "device-ended": _DELETE,
    "device-labelled": _UPDATE,
    "device-placed": _UPDATE,
    "folded": _READ,
    "key-destroyed": _DELETE,
    "keys-published": _CREATE,
    "opened": _READ,
    "policy-published": _CREATE,
    "release-fetched": _READ,
    "release-made": _CREATE,
    "release-pushed": _CREATE,
    "resolution-fetched": _READ,
    "resolution-made": _CREATE,
    "rows-deleted": _DELETE,
    "subject-erased": _DELETE,
    "subject-exported": _READ,
    "token-issued": _CREATE,
}
"""What has no activity of its own in OCSF is another one, by its name."""
_CONTENT_CHARS = syslog.LINE_BYTES - 512
"""Of a longer body a line keeps number and digest, and says that it was cut."""
_REFUSED = frozenset(
    {"denied", "keeper-refused", "keyring-refused", "purge-stopped", "ticket-refused"}
)
_LATE = frozenset(
    {
        "case-unreviewed",
        "finding-overdue",
        "incident-overdue",
        "release-owed",
        "risk-unreviewed",
    }
)
"""What people should have done: a SIEM's watchers are to see it."""
_FAILURE, _SUCCESS = 2, 1


def lines(
    entries: Iterator[Act], form: str, tenant: bytes, release: str
) -> Iterator[bytes]:
    """Yield a line for each entry, without an end of line.

    Args:
        entries: of the ledger.
        form: a name of FORMS.
        tenant: whose collector, 16 bytes.
        release: of the collector.
    """
    write = FORMS[form]
    for entry in entries:
        yield write(entry, tenant, release)


def plain(value: Plain) -> object:
    """Return a value as JSON can hold it: bytes as hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    return value


def _syslog(entry: Act, tenant: bytes, release: str) -> bytes:
    warned = entry.act in _REFUSED | _LATE
    severity = Severity.WARNING if warned else Severity.NOTICE
    content: dict[str, object] = {
        "number": entry.index,
        "act": entry.act,
        "digest": entry.digest.hex(),
        "body": _body(entry),
    }
    if len(json.dumps(content)) > _CONTENT_CHARS:
        content |= {"body": None, "cut": True}
    return syslog.line(
        Message(
            Facility.AUDIT,
            severity,
            entry.time,
            tenant.hex(),
            entry.act,
            content,
            release,
        )
    )


def _ocsf(entry: Act, tenant: bytes, release: str) -> bytes:
    return json.dumps(event(entry, tenant, release), ensure_ascii=True).encode("ascii")


def event(entry: Act, tenant: bytes, release: str) -> dict[str, object]:
    """Return an entry as an event of OCSF's API activity.

    Args:
        entry: of the ledger.
        tenant: whose collector, 16 bytes.
        release: of the collector.
    """
    activity = _ACTIVITIES.get(entry.act, _OTHER)
    body = entry.body or {}
    who = next((body[name] for name in ("user", "by", "owner") if name in body), None)
    actor: dict[str, object] = {"app_name": "discreet-server"}
    if isinstance(who, str) and who:
        actor["user"] = {"name": who}
    made = ocsf.event(
        Event(_ACTIVITY, activity),
        entry.time,
        release,
        actor=actor,
        api={"operation": entry.act},
        src_endpoint={"name": tenant.hex()},
        status_id=_FAILURE if entry.act in _REFUSED else _SUCCESS,
        unmapped={
            "number": entry.index,
            "digest": entry.digest.hex(),
            "body": _body(entry),
        },
    )
    if activity == _OTHER:
        made["activity_name"] = entry.act
    return made


def _body(entry: Act) -> object:
    return None if entry.body is None else plain(entry.body)


FORMS: Mapping[str, Callable[[Act, bytes, str], bytes]] = {
    "ocsf": _ocsf,
    "syslog": _syslog,
}
"""The forms that a ledger is written in."""
