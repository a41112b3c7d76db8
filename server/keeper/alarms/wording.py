# SPDX-License-Identifier: Apache-2.0
"""What a message about an alert says, for programs and for people.

Rules: a kind of event, a rule's name, its severity, ids, a count and a link; never a
value of a row, nor the name of a device or person.
Not here: signing and sending it (`webhook.py`, `mail.py`).
"""

import datetime as dt
import json

from server.register.alert_messages import Waiting

TEST = "test"
"""The event of a message that only tries a channel."""


def json_of(one: Waiting, link: str) -> bytes:
    """Return a message as Standard Webhooks has it: type, timestamp, data.

    Args:
        one: the message.
        link: to the console; empty for none.
    """
    data: dict[str, str | int] = {
        "rule": one.rule,
        "severity": one.severity,
        "count": one.count,
    }
    if one.alert is not None and one.device is not None:
        data |= {"alert": one.alert.hex(), "device": one.device.hex()}
    if link:
        data["link"] = link
    moment = dt.datetime.fromtimestamp(one.made, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {"type": f"alert.{one.event}", "timestamp": moment, "data": data}
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()


def subject_of(one: Waiting) -> str:
    """Return the subject of a mail."""
    many = f" ({one.count} alerts)" if one.alert is None and one.count > 1 else ""
    return f"[{one.severity}] {one.rule}: {one.event}{many}"


def text_of(one: Waiting, link: str) -> str:
    """Return the text of a mail.

    Args:
        one: the message.
        link: to the console; empty for none.
    """
    lines = [f"Rule:      {one.rule}", f"Severity:  {one.severity}"]
    if one.alert is not None and one.device is not None:
        lines += [f"Alert:     {one.alert.hex()}", f"Device:    {one.device.hex()}"]
    elif one.event != TEST:
        lines += [f"Alerts:    {one.count}"]
    if link:
        lines.append(f"Look here: {link}")
    lines += ["", "What was found is not in this mail: only who may read it sees it."]
    return "\n".join((_SENTENCES.get(one.event, ""), "", *lines, ""))


def link_of(one: Waiting, origin: str) -> str:
    """Return where the console shows an alert, or all; empty without a console."""
    if not origin:
        return ""
    return f"{origin}/alerts" + (f"?alert={one.alert.hex()}" if one.alert else "")


_SENTENCES = {
    "raised": "A rule has begun to hold.",
    "again": "A snooze is over, and the rule still holds.",
    "cleared": "A rule holds no more.",
    TEST: "This mail only tries the channel: nothing is wrong.",
}
