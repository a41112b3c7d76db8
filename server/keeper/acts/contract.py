# SPDX-License-Identifier: Apache-2.0
"""The act `contract`: shows the contract's end, writes it down, or takes it back.

Rules: each change is in the ledger before it counts; what will go is told before and
after, in numbers.
Not here: the states (`server/keeper/contract.py`), who is heard no more at its end
(`server/keeper/rounds/contract.py`).
"""

from collections import Counter
from collections.abc import Generator, Mapping

from server.errors import UsageError
from server.keeper.contract import Stage, check, stage
from server.keeper.desk import Desk
from server.register import contract
from server.register.contract import Notice
from server.store.fleet import Wanted
from server.store.interface import DeviceState

NAME = "contract"


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[dict[str, object], None, None]:
    """Yield the contract's state, after the change that is asked for.

    Args:
        desk: what the keeper works with.
        message: "do" is "show", "withdraw", or "end" with "on" and "window" in seconds;
            "bare" leaves out how much is kept, which takes a look at each envelope.
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: the change is not possible, with what is.
    """
    match message:
        case {"do": "show"}:
            pass
        case {"do": "end", "on": int(on), "window": int(window)}:
            _end(desk, Notice(now, on, window), user, now)
        case {"do": "withdraw"}:
            _withdraw(desk, user, now)
        case _:
            msg = "ask to show, end or withdraw"
            raise UsageError(msg)
    shown = _shown(desk)
    if message.get("bare") is not True:
        shown["envelopes"] = _envelopes(desk)
    yield {"end": shown}


def _end(desk: Desk, given: Notice, user: str, now: int) -> None:
    with desk.ending:
        check(given, _notice(desk), desk.clock.now())
        desk.ledger.add(
            "contract-ended",
            {"by": user, "on": given.ends, "window": given.window},
            now,
        )
        with desk.register.transaction() as connection:
            contract.give(connection, given)


def _withdraw(desk: Desk, user: str, now: int) -> None:
    with desk.ending:
        before = _notice(desk)
        if before is None:
            msg = "the contract runs: there is no end to withdraw"
            raise UsageError(msg)
        if _stage(desk, before) is Stage.GONE:
            msg = "all data of the contract is gone: install a new collector"
            raise UsageError(msg)
        desk.ledger.add("contract-withdrawn", {"by": user}, now)
        with desk.register.transaction() as connection:
            contract.withdraw(connection)


def _notice(desk: Desk) -> Notice | None:
    with desk.register.view() as connection:
        return contract.notice(connection)


def _stage(desk: Desk, given: Notice | None) -> Stage:
    return stage(given, desk.clock.now(), len(desk.keyring.live(desk.tenant)))


def _shown(desk: Desk) -> dict[str, object]:
    given, heard = _notice(desk), Wanted(state=DeviceState.ACTIVE.value)
    return {
        "stage": _stage(desk, given).value,
        "ends": None if given is None else given.ends,
        "over": None if given is None else given.over,
        "devices": desk.store.fleet.count(desk.tenant, heard, desk.clock.now()),
    }


def _envelopes(desk: Desk) -> Counter[str]:
    """Return how many envelopes are kept for each purpose."""
    found: Counter[str] = Counter()
    for key in desk.keyring.live(desk.tenant):
        use = desk.store.sealed_to(desk.tenant, key.key_id)
        found[key.purpose.value] += use.envelopes
    return found
