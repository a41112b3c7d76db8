# SPDX-License-Identifier: Apache-2.0
"""How a purpose, under a policy, has the lines that `scrub` is given.

Rules: a line counts as the message of a log; where the purpose or the policy lets none
leave, nothing is scrubbed and a sentence says so; whether stand-ins keep prefixes is
the policy's to say where there is one.
Not here: scrubbing (`agent/redaction`), policies (`wire/policy_source.py`).
"""

from agent.catalogue import declared
from agent.collectors.event_logs import DATASET
from agent.commands._context import compiled
from agent.errors import UsageError
from agent.redaction.lines import ScrubMany
from agent.redaction.text import Scrubber
from wire.policy import Policy
from wire.purposes import RULES, Purpose
from wire.stand_ins import PREFIXED
from wire.transforms import apply_call
from wire.transforms.call import Call, parse_call
from wire.transforms.requirement import required
from wire.transforms.transform import TransformContext
from wire.values import Withheld

MESSAGE = "message"
_SCRUB = Call("scrub")
_SCRUB_PREFIX = Call("scrub_prefix")


def governed(purpose: str | None, policy: str | None, scrubber: Scrubber) -> ScrubMany:
    """Return what makes of texts that which may leave for the purpose.

    Args:
        purpose: its name.
        policy: a preset or a file; None for the product's own rules only.
        scrubber: takes out identities and secrets.

    Raises:
        UsageError: there is no such purpose or policy, or it gets no text of logs.
    """
    if purpose is None:
        msg = "--policy needs --purpose"
        raise UsageError(msg)
    try:
        chosen = Purpose(purpose)
    except ValueError:
        msg = f"--purpose: use one of {', '.join(item.value for item in Purpose)}"
        raise UsageError(msg) from None
    column = next(item for item in DATASET.columns if item.name == MESSAGE)
    call = _SCRUB
    if policy is not None:
        call = _call(chosen, compiled(policy, declared())[0])
    refusal = required(column.sensitivity, RULES[chosen], call, column)
    if refusal is not None:
        msg = f"--purpose {chosen.value}: {refusal}"
        raise UsageError(msg)
    if call == _SCRUB:
        return scrubber.scrub_many
    if call == _SCRUB_PREFIX:
        return scrubber.keeping(PREFIXED).scrub_many
    context = TransformContext(column, None, scrubber.scrub)

    def transformed(texts: list[str]) -> list[str | Withheld]:
        got = (apply_call(call, text, context) for text in texts)
        return [
            one if isinstance(one, (str, Withheld)) else Withheld.WRONG_TYPE
            for one in got
        ]

    return transformed


def _call(purpose: Purpose, policy: Policy) -> Call:
    """Return the transform that the policy has for messages of logs.

    Raises:
        UsageError: it lets none leave.
    """
    rules = policy.rules(purpose)
    for dataset in rules.datasets if rules is not None else ():
        for column in dataset.columns if dataset.dataset == DATASET.name else ():
            call = parse_call(column.transform)
            if column.column == MESSAGE and call.name not in {"drop", "keep"}:
                return call
    msg = f"--policy: it lets no text of logs leave for {purpose.value}"
    raise UsageError(msg)
