# SPDX-License-Identifier: Apache-2.0
"""Writes what a client is told before its data goes to an acquirer.

Rules: it names who gets what for which purposes, what stays, and how long the client
has to answer; it has no value of a record; told again of the same, it is the same
notice.
Not here: delivering it (`server/keeper/notices.py`), when its time has passed
(`judging.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper import notices
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.transferring import judging
from server.register import notices as register
from wire import limits
from wire.papers.recipient import Recipient, recipient_digest
from wire.policy import Policy
from wire.policy_check import DAY
from wire.purposes import RULES, Purpose

if TYPE_CHECKING:
    from wire.cbor import Plain


def write(desk: Desk, name: str, deal: str, user: str, now: int) -> tuple[bytes, bool]:
    """Write the notice of a transfer, unless it was written.

    Args:
        desk: what the keeper works with.
        name: of the acquirer, in the register of recipients.
        deal: what happens, in a sentence for the client.
        user: who asks.
        now: the system's time.

    Returns:
        Its id, and whether it was written before and stays as it is.

    Raises:
        DeniedError: the acquirer may get nothing.
        UsageError: the sentence is none.
        StateError: the disk refuses, or the ledger; then nobody is told.
    """
    if not deal or not deal.isprintable() or len(deal.encode()) > limits.TEXT_CHARS:
        msg = f"say what happens in one line of {limits.TEXT_CHARS} bytes at most"
        raise UsageError(msg)
    recipient = judging.acquirer(desk, name, now)
    policy = desk.policy(now).policy
    purposes = judging.purposes_of(recipient, policy)
    words = "\n".join(_letter(desk, recipient, purposes, policy, deal))
    told = replace(judging.told_of(recipient, purposes), words=words)
    body: dict[str, Plain] = {
        "by": user,
        "notice": told.id,
        "recipient": recipient.name,
        "purposes": [purpose.value for purpose in purposes],
        "digest": recipient_digest(recipient),
    }
    with desk.ending:
        with desk.register.view() as connection:
            before = register.find(connection, told.id) is not None
        add_once(desk, "transfer-noticed", body, ("notice",), 0)
        return notices.due(desk, told, None, now), before


def _letter(
    desk: Desk,
    recipient: Recipient,
    purposes: tuple[Purpose, ...],
    policy: Policy,
    deal: str,
) -> Iterator[str]:
    days, controller = judging.window(desk) // DAY, desk.settings().controller
    yield "We will hand data of your machines over to another company."
    yield ""
    yield f"What happens: {deal}"
    yield f"To: {recipient.name}, {recipient.contact}, in {recipient.country}"
    yield f"By: {recipient.agreement}"
    if recipient.transfer_tool is not None:
        yield f"What makes it lawful to go there: {recipient.transfer_tool}"
    yield ""
    yield "What goes, for the same purposes as until now:"
    for purpose in purposes:
        rules = policy.rules(purpose)
        names = sorted({one.dataset for one in rules.datasets}) if rules else []
        yield f"  {purpose.value} ({RULES[purpose].title}): {', '.join(names)}"
    yield ""
    yield "What does not go: what was erased or is restricted at somebody's request,"
    yield "what only a hold or a law still keeps, and what is for another purpose than"
    yield "these. Keys, and names behind stand-ins, do not go either."
    yield ""
    yield f"Nothing goes before {days} days have passed since you were told this. Until"
    yield "then you can object, restrict what goes, or end the contract."
    if controller.name or controller.contact:
        yield f"Answer to: {controller.name} {controller.contact}".rstrip()
