# SPDX-License-Identifier: Apache-2.0
"""What is made of improvement data before it ends: `[aggregate.NAME]` of config.toml.

Rules: an unknown key is refused; noise is a decimal number that is kept exactly.
Not here: the rest of config.toml (`server/configuration.py`), what may be asked
(`server/anonymise/contributions.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

AGGREGATES = 64
"""Each is a release a period."""
COLUMNS = 3
BESIDE = 64
"""Installations of one machine."""
MICRO = 1_000_000
"""Epsilon is counted in millionths."""
EPSILON_MOST = 10
"""More is no noise that anybody could hide in."""
_KEYS = {"dataset", "by", "measure", "epsilon", "with"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to improvement data.

    Attributes:
        dataset: its name.
        by: columns by which is counted.
        measure: the column whose mean is shown; empty for counts of devices.
        epsilon: of the noise, in millionths; 0 for none.
        beside: directories of further installations of this machine that take part.
    """

    dataset: str
    by: tuple[str, ...]
    measure: str = ""
    epsilon: int = 0
    beside: tuple[Path, ...] = ()


def read_aggregates(items: object) -> Mapping[str, Asked]:
    """Return the checked tables `[aggregate.NAME]`, by name.

    Raises:
        ValueError: one of them says something unknown.
    """
    if not isinstance(items, dict) or len(items) > AGGREGATES:
        raise ValueError
    return {str(name): _asked(item) for name, item in items.items()}


def _asked(item: object) -> Asked:
    if not isinstance(item, dict) or not {"dataset", "by"} <= item.keys() <= _KEYS:
        raise ValueError
    by, beside = item["by"], item.get("with", [])
    texts = [item["dataset"], item.get("measure", ""), *by, *beside]
    if not isinstance(by, list) or not isinstance(beside, list):
        raise ValueError  # noqa: TRY004 - what a slip of config.toml raises
    if not all(isinstance(text, str) for text in texts) or len(beside) > BESIDE:
        raise ValueError
    paths = tuple(Path(text) for text in beside)
    if not 1 <= len(by) <= COLUMNS or not all(path.is_absolute() for path in paths):
        raise ValueError
    epsilon = millionths(str(item.get("epsilon", "0")))
    return Asked(item["dataset"], tuple(by), item.get("measure", ""), epsilon, paths)


def millionths(text: str) -> int:
    """Return a decimal number in millionths.

    Raises:
        ValueError: it is none, is negative or too much, or has more digits.
    """
    try:
        found = Decimal(text) * MICRO
    except InvalidOperation:
        raise ValueError from None
    if not 0 <= found <= EPSILON_MOST * MICRO or found != int(found):
        raise ValueError
    return int(found)


def as_message(asked: Asked) -> dict[str, object]:
    """Return a question as a socket carries it."""
    return {
        "dataset": asked.dataset,
        "by": list(asked.by),
        "measure": asked.measure,
        "epsilon": asked.epsilon,
        "with": [str(path.absolute()) for path in asked.beside],
    }
