# SPDX-License-Identifier: Apache-2.0
"""The act `aggregate`: gives a release of a period, or takes part in another's.

Rules: what is told is a release, and nothing else of improvement data; a keeper that is
asked to take part says which keys are meant, and gives none.
Not here: making it (`server/keeper/aggregating.py`), who takes part (`lending.py`).
"""

from collections.abc import Generator, Mapping
from pathlib import Path

from server.configuration_aggregates import Asked
from server.errors import UsageError
from server.keeper.aggregating import released
from server.keeper.desk import Desk
from server.keeper.lending import LEND, MAY, lent

NAME = "aggregate"


def answer(
    desk: Desk,
    message: Mapping[str, object],
    user: str,
    now: int,
) -> Generator[dict[str, object], None, None]:
    """Yield a release, or how this tenant takes part in one.

    Args:
        desk: what the keeper works with.
        message: "do" is "release" with "asked" and "start", or "may" or "lend" with
            "asked", "start", "end" and "tenant".
        user: who asks.
        now: the system's time.

    Raises:
        ServerError: there is no release, with the reason.
    """
    match message:
        case {"do": "release", "asked": {**asked}, "start": int() | None as start}:
            yield {"end": released(desk, _asked(asked), start, now)}
        case {
            "do": word,
            "asked": {**asked},
            "start": int(start),
            "end": int(end),
            "tenant": str(tenant),
        } if word in {MAY, LEND}:
            whose = bytes.fromhex(tenant)
            keys = lent(
                *(desk, _asked(asked), (start, end), whose, now),
                only_look=word == MAY,
            )
            told = None if keys is None else [key.hex() for key in keys]
            yield {"end": {"keys": told}}
        case _:
            msg = "ask for a release"
            raise UsageError(msg)


def _asked(message: Mapping[object, object]) -> Asked:
    """Return the question of a message.

    Raises:
        UsageError: it is none.
    """
    match message:
        case {
            "dataset": str(dataset),
            "by": [*by],
            "measure": str(measure),
            "epsilon": int(epsilon),
            "with": [*beside],
        }:
            columns = tuple(map(str, by))
            paths = tuple(Path(str(path)) for path in beside)
            return Asked(dataset, columns, measure, epsilon, paths)
        case _:
            msg = "ask with dataset, by, measure, epsilon and with"
            raise UsageError(msg)
