# SPDX-License-Identifier: Apache-2.0
"""The job `aggregate`: makes sums that point at nobody of improvement data.

Rules: it runs only where config.toml names its owner; a period is over before it is
counted, and is counted once; a tenant that takes no part is not opened; budget and
ledger are written before anything is opened, and no row leaves this process.
Not here: cells and attacks (`server/anonymise`), when it runs by itself
(`rounds/aggregates.py`).
Source: docs/adr/0020-sums-that-point-at-nobody.md.
"""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain

from policies import catalogue
from server.anonymise.bounds import TENANTS
from server.anonymise.contributions import Question, Source, contributions
from server.anonymise.release import release
from server.anonymise.results import told
from server.configuration_aggregates import MICRO, Asked
from server.errors import LimitError, UsageError
from server.keeper.desk import Desk
from server.keeper.lending import (
    MAY,
    Part,
    allow,
    begin,
    lenders,
    line,
    opened,
    part_of,
    question_of,
    require_same,
)
from server.keyring import LiveKey
from server.register import aggregates
from wire.policy_check import DAY

_NO_PART = "the policy in force gives improvement nothing of this table"


def released(
    desk: Desk, asked: Asked, start: int | None, now: int
) -> dict[str, object]:
    """Return the release of a period, which is made now unless it was.

    Args:
        desk: what the keeper works with.
        asked: the question.
        start: it begins within a day from this second; None for the newest that is
            over.
        now: the system's time.

    Raises:
        UsageError: there is no such period, or the question has no answer.
        DeniedError: the period was released to another question.
        LimitError: too few tenants, no budget left, or single devices could be told.
        ServerError: something of an installation cannot be used.
    """
    part = part_of(desk, asked, now)
    if part is None:
        raise UsageError(_NO_PART)
    key = _period(part, start)
    with desk.register.view() as connection:
        before = aggregates.find(connection, asked.dataset, key.start)
    require_same(before, question_of(asked, desk.tenant))
    if before is not None and before.octets is not None:
        return _decoded(before.octets)
    allow(desk, asked, [key], now, desk.tenant)
    _require_tenants(1 + len(asked.beside))
    _require_tenants(1 + len(lenders(desk, asked, key, MAY)))
    begin(desk, asked, part, [key], now, desk.tenant)
    with ExitStack() as stack:
        parts = {desk.layout.directory: [key.key_id], **lenders(desk, asked, key)}
        sources = {}
        for path, keys in parts.items():
            source = stack.enter_context(opened(path, keys, now))
            sources[source.tenant] = source  # a copy of an installation counts once
        _require_tenants(len(sources))
        answer = _made(asked, list(sources.values()))
    answer |= {"start": key.start, "end": key.end, "tenants": len(sources)}
    return _kept(desk, asked, part, key, answer, now)


def _require_tenants(count: int) -> None:
    if count < TENANTS:
        msg = (
            f"every cell is suppressed: fewer than {TENANTS} tenants take part; name "
            "installations of others with --with"
        )
        raise LimitError(msg)


def _period(part: Part, start: int | None) -> LiveKey:
    found = [
        key for key in part.keys if start is None or start <= key.start < start + DAY
    ]
    if not found:
        msg = (
            "no such period is over and still there: a period ends with its key's "
            "epoch, see discreet-server retention show"
        )
        raise UsageError(msg)
    return found[-1]


def _made(asked: Asked, sources: Sequence[Source]) -> dict[str, object]:
    """Open, count and attack; returns what may be told."""
    question = Question(asked.dataset, asked.by, asked.measure)
    skipped: Counter[str] = Counter()
    rows = chain.from_iterable(
        contributions(source, question, catalogue(), secrets.token_bytes, skipped)
        for source in sources
    )
    found = release(
        rows,
        secrets.randbelow,
        measured=bool(asked.measure),
        epsilon=Fraction(asked.epsilon, MICRO),
    )
    return told(found, asked.by, asked.measure, skipped)


def _kept(
    desk: Desk,
    asked: Asked,
    part: Part,
    key: LiveKey,
    answer: dict[str, object],
    now: int,
) -> dict[str, object]:
    """Write a release down, keep it and return it; the first one of a period counts."""
    rows = answer["rows"]
    body = line(asked, part, key) | {
        "cells": len(rows) if isinstance(rows, list) else 0,
        "suppressed": int(str(answer["suppressed"])),
        "least": int(str(answer["least"])),
        "tenants": int(str(answer["tenants"])),
    }
    desk.ledger.add("aggregated", body, now)
    octets = json.dumps(answer).encode()
    with desk.register.transaction() as connection:
        aggregates.finish(connection, asked.dataset, key.start, octets)
        held = aggregates.find(connection, asked.dataset, key.start)
    return _decoded(held.octets if held and held.octets else octets)


def _decoded(octets: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(octets)
    return found
