# SPDX-License-Identifier: Apache-2.0
"""The shipped register of residual risks: what can still happen, and what limits it.

Rules: a risk names the tests that show its limit, or what people do where no test can;
what is left of it is said in words that a client understands; it is looked at again on
a day.
Not here: holding it against the tests (`tools/risks.py`), findings, which end
(`server/register/findings.py`).
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

LEVELS = ("negligible", "limited", "significant", "maximum")
"""Of likelihood and of severity, as the CNIL's guide to impact assessments has them."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk that is left.

    Attributes:
        name: its slug.
        risk: what can happen.
        limits: what limits it.
        residual: what is left.
        likelihood: of what is left, one of `LEVELS`.
        severity: for people, one of `LEVELS`.
        tests: those that show the limit, as pytest names them.
        people: what people do about it; empty for nothing.
        review: the day on which it is looked at again.
    """

    name: str
    risk: str
    limits: str
    residual: str
    likelihood: str
    severity: str
    tests: tuple[str, ...]
    people: str
    review: dt.date

    @property
    def due(self) -> int:
        """Return the first second after the day of its review."""
        after = dt.datetime.combine(self.review, dt.time(), dt.UTC) + dt.timedelta(1)
        return int(after.timestamp())


def shipped() -> Traversable:
    """Return the register that ships with the product."""
    return files("policies").joinpath("risks.toml")


def read(path: Traversable) -> tuple[Risk, ...]:
    """Return the risks that a file has, in its order."""
    named: Mapping[str, Mapping[str, object]] = tomllib.loads(
        path.read_text(encoding="utf-8")
    )
    return tuple(_risk(name, item) for name, item in named.items())


def _risk(name: str, item: Mapping[str, object]) -> Risk:
    tests, review = item["tests"], item["review"]
    if not isinstance(tests, list) or not isinstance(review, dt.date):
        msg = f"{name}: tests are a list, and review is a day"
        raise TypeError(msg)
    return Risk(
        name,
        *(str(item["risk"]), str(item["limits"]), str(item["residual"])),
        *(str(item["likelihood"]), str(item["severity"])),
        tuple(map(str, tests)),
        str(item.get("people", "")),
        review,
    )
