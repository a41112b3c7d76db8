# SPDX-License-Identifier: Apache-2.0
"""Which tenants take part in an aggregate, under which keys, and what it costs them.

Rules: each tenant's own keeper says whether it takes part: where nobody owns the job,
or the policy in force gives improvement nothing, it does not; a period is given to one
question; the budget is spent, and the ledger has it, before anything is opened.
Not here: opening and counting (`aggregating.py`, `server/anonymise`).
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from policies import catalogue
from server import configuration
from server.anonymise.contributions import PeriodKeys, Question, Source, check
from server.configuration_aggregates import MICRO, Asked, as_message
from server.desk.asking import ask
from server.errors import DeniedError, LimitError, UsageError
from server.keeper.bounds import EPSILON_SECONDS, EPSILON_YEAR, LEND_SECONDS
from server.keeper.desk import Desk
from server.keyring import NOT_CAUGHT_UP, NOT_CAUGHT_UP_WORDS, LiveKey, open_keyring
from server.layout import Layout
from server.processes import Process
from server.reader.grants import columns_of
from server.reader.marked import restricted_devices
from server.reader.standing import policy_in_force
from server.register import aggregates, rights
from server.register.aggregates import Kept
from server.register.database import Register
from server.statements import Statements
from server.storing import open_sealed
from wire.cbor import Plain
from wire.policy import Policy
from wire.purposes import Purpose

MAY, LEND = "may", "lend"
"""What a keeper is asked whose tenant is to take part in another's release: whether it
may, and to do so."""
_NO_OWNER = 'nobody owns the job: write `aggregate = "USER"` under [jobs]'


@dataclass(frozen=True, slots=True)
class Part:
    """What takes part of an installation.

    Attributes:
        owner: of the job there.
        columns: what the policy names for improvement, by dataset.
        keys: of the dataset's retention class, the oldest first.
    """

    owner: str
    columns: Mapping[str, frozenset[str]]
    keys: Sequence[LiveKey]


def part_of(desk: Desk, asked: Asked, now: int) -> Part | None:
    """Return what an installation can take part with; None where its tenant does not.

    Raises:
        UsageError: nobody owns the job, or the question has no answer.
        DeniedError: the keyring was restored and the keeper has not looked through it.
        TrustError: no policy is in force.
    """
    owner = desk.settings().jobs.get(configuration.AGGREGATE)
    if owner is None:
        raise UsageError(_NO_OWNER)
    if desk.keyring.renewing():
        raise DeniedError(NOT_CAUGHT_UP, NOT_CAUGHT_UP_WORDS)
    policy = desk.policy(now).policy
    columns = _columns(policy)
    if asked.dataset not in columns and asked.dataset in catalogue().datasets:
        return None
    check(Question(asked.dataset, asked.by, asked.measure), catalogue(), columns)
    keys = [
        key
        for key in desk.keyring.live(desk.tenant)
        if key.purpose is Purpose.IMPROVEMENT
        and key.retention == _retention(policy, asked.dataset)
        and key.end <= now < key.until
    ]
    return Part(owner, columns, sorted(keys, key=lambda key: key.start))


def _columns(policy: Policy) -> dict[str, frozenset[str]]:
    rules = policy.rules(Purpose.IMPROVEMENT)
    return {} if rules is None else columns_of(rules)


def _retention(policy: Policy, dataset: str) -> str:
    rules = policy.rules(Purpose.IMPROVEMENT)
    datasets = rules.datasets if rules is not None else ()
    return next(rule.retention for rule in datasets if rule.dataset == dataset)


def question_of(asked: Asked, tenant: bytes) -> str:
    """Return what tells a question from all others."""
    beside = sorted({str(path.absolute()) for path in asked.beside})
    said = [tenant.hex(), asked.dataset, *asked.by, asked.measure]
    return json.dumps([*said, asked.epsilon, beside])


def require_same(before: Kept | None, question: str) -> None:
    """Refuse another question to a period than the first.

    Raises:
        DeniedError: it is another.
    """
    if before is not None and before.question != question:
        reason = "already-released"
        msg = (
            "this period of the table was released to another question: two releases "
            "of the same rows could be compared; ask that question, or another period"
        )
        raise DeniedError(reason, msg)


def begin(
    desk: Desk,
    asked: Asked,
    part: Part,
    keys: Sequence[LiveKey],
    now: int,
    whose: bytes,
) -> None:
    """Give periods to a question and pay for its noise, before anything is opened.

    Raises:
        DeniedError: a period was given to another question.
        LimitError: the budget is spent.
    """
    question = question_of(asked, whose)
    with desk.register.transaction() as connection:
        if _allowed(connection, asked, keys, question, now) and asked.epsilon:
            aggregates.spend(connection, asked.dataset, asked.epsilon, now)
        for key in keys:
            given = Kept(asked.dataset, key.start, question, now, None)
            aggregates.begin(connection, given)
        body = line(asked, part, keys[0]) | {"epsilon": asked.epsilon, "tenant": whose}
        desk.ledger.add("aggregate-begun", body, now)


def allow(
    desk: Desk, asked: Asked, keys: Sequence[LiveKey], now: int, whose: bytes
) -> None:
    """Look whether periods could be given to a question now, and give none.

    Raises:
        DeniedError: a period was given to another question.
        LimitError: the budget is spent.
    """
    with desk.register.view() as connection:
        _allowed(connection, asked, keys, question_of(asked, whose), now)


def _allowed(
    connection: sqlite3.Connection,
    asked: Asked,
    keys: Sequence[LiveKey],
    question: str,
    now: int,
) -> bool:
    """Tell whether a period is new to its question, and has to be paid for."""
    held = [aggregates.find(connection, asked.dataset, key.start) for key in keys]
    for one in held:
        require_same(one, question)
    new = None in held
    left = EPSILON_YEAR * MICRO - aggregates.spent(connection, now - EPSILON_SECONDS)
    if new and asked.epsilon > left:
        msg = (
            f"the privacy budget has {left / MICRO:g} left of {EPSILON_YEAR} a year: "
            "ask with a smaller --epsilon, or wait"
        )
        raise LimitError(msg)
    return new


def line(asked: Asked, part: Part, key: LiveKey) -> dict[str, Plain]:
    """Return what each line of the ledger says of a run of the job."""
    columns = [*asked.by, *([asked.measure] if asked.measure else [])]
    return {
        "job": configuration.AGGREGATE,
        "owner": part.owner,
        "datasets": [asked.dataset],
        "columns": [*columns],
        "start": key.start,
    }


def lent(
    desk: Desk,
    asked: Asked,
    period: tuple[int, int],
    whose: bytes,
    now: int,
    *,
    only_look: bool = False,
) -> list[bytes] | None:
    """Let this tenant take part in another's release; returns ids of keys to open.

    Args:
        desk: what the keeper works with.
        asked: the other's question.
        period: first second, and first second after it: keys that end in it.
        whose: the other tenant.
        now: the system's time.
        only_look: whether it is only asked whether it could; nothing is spent.

    Returns:
        The keys; None where the tenant takes no part.

    Raises:
        DeniedError: the period was given to another question.
        LimitError: the budget is spent.
        ServerError: something of the installation cannot be used.
    """
    part = part_of(desk, asked, now)
    start, end = period
    keys = [key for key in part.keys if start < key.end <= end] if part else []
    if part is None or not keys or whose == desk.tenant:
        return None
    if only_look:
        allow(desk, asked, keys, now, whose)
    else:
        begin(desk, asked, part, keys, now, whose)
    return [key.key_id for key in keys]


def lenders(
    desk: Desk, asked: Asked, key: LiveKey, do: str = LEND
) -> dict[Path, list[bytes]]:
    """Ask the keepers of further installations to take part; returns who does.

    Args:
        desk: what the keeper works with.
        asked: the question.
        key: of the period.
        do: LEND, or MAY to ask only whether they would.
    """
    found: dict[Path, list[bytes]] = {}
    for directory in sorted({path.absolute() for path in asked.beside}):
        question = {
            "act": "aggregate",
            "do": do,
            "asked": as_message(asked),
            "start": key.start,
            "end": key.end,
            "tenant": desk.tenant.hex(),
        }
        (answer,) = ask(Layout(directory).keeper_socket, question, LEND_SECONDS)
        keys = answer["end"]
        if isinstance(keys, dict) and isinstance(keys.get("keys"), list):
            found[directory] = [bytes.fromhex(one) for one in keys["keys"]]
    return found


@contextmanager
def opened(directory: Path, keys: Sequence[bytes], now: int) -> Iterator[Source]:
    """Open an installation's improvement data of a period, and close it afterwards."""
    layout = Layout(directory)
    tenant = configuration.read(layout).tenant
    with ExitStack() as stack:
        statements = Statements(layout.authority / "statements.sqlite")
        stack.callback(statements.close)
        store = open_sealed(layout, Process.READER)
        stack.callback(store.close)
        keyring = open_keyring(layout)
        stack.callback(keyring.close)
        register = Register(layout.register)
        stack.callback(register.close)
        with register.view() as connection:
            left_out = rights.objecting(connection)
        left_out |= restricted_devices(layout.register, keyring)
        scoped = keyring.scoped(tenant, Purpose.IMPROVEMENT, now)
        columns = _columns(policy_in_force(statements, tenant, now).policy)
        public = keyring.keeper_key().public
        mine = PeriodKeys(scoped, keys)
        yield Source(tenant, store, mine, columns, left_out, public)
