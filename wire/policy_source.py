# SPDX-License-Identifier: Apache-2.0
"""Compiles the TOML that people write into a Policy, or says all that is wrong.

Rules: what is not named is not collected; every name must be declared, every
transform be enough for its purpose, every retention have a reason and an end; the same
source in another order gives the same bytes.
Not here: bounds and line numbers (`wire/policy_toml.py`), what a purpose may take
(`wire/policy_check.py`), narrowing (`wire/narrowing.py`).
Source: docs/policy.md is the page for those who write one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from wire import limits
from wire.catalogue import Catalogue, Dataset
from wire.errors import TransformError
from wire.policy import (
    ColumnRule,
    DatasetRule,
    Policy,
    PurposeRules,
    RetentionClass,
)
from wire.policy_check import DAY, refuse_column, refuse_dataset
from wire.policy_toml import Table, is_slug, read_table, shown
from wire.purposes import RULES, Purpose
from wire.transforms.call import DROP, parse_call, format_call

FORMAT = 1
EVERY_SECONDS_MINIMUM = 60
"""Below a minute a pass costs more than it tells, and shows who works when."""
EVERY_SECONDS_MAXIMUM = 30 * DAY
"""Longer than a month between two passes is not monitoring, but forgetting."""
KEEP_SECONDS_MINIMUM = limits.EPOCH_SECONDS_MINIMUM
"""A key lives a day at least, so nothing can promise to be gone sooner."""
REVIEW_DAYS = 366
"""A business need lapses after a year unless someone reviews it."""

AGGREGATOR = "aggregator"
"""The one reader of `improvement`: a job, no person (DESIGN section 3)."""

CRITERIA = {
    "purpose": (),
    "contract": (),
    "legal-obligation": ("citation",),
    "limitation": ("citation",),
    "business-need": ("owner", "reason", "review"),
}
"""Why something is kept as long as it is, in the statement's words, and what has to
stand beside it."""


@dataclass(frozen=True, slots=True)
class _Compiler:
    """What compiling one file needs to know."""

    catalogue: Catalogue
    today: date | None

    def policy(self, top: Table) -> Policy:
        """Read the whole file."""
        top.only("format", "name", "purpose")
        wanted = top.entries.get("format")
        if type(wanted) is not int or wanted != FORMAT:
            top.refuse(f"write format = {FORMAT}", "format")
        name = top.slug("name")
        if "purpose" not in top.entries:
            top.refuse("no purpose: write [purpose.provision], for instance")
        purposes = [
            compiled
            for slug, table in top.tables("purpose")
            if (compiled := self.purpose(slug, table)) is not None
        ]
        purposes.sort(key=lambda item: item.purpose.value)
        return Policy(name or "", tuple(purposes))

    def purpose(self, slug: str, table: Table) -> PurposeRules | None:
        """Read what one purpose gets."""
        purpose = next((item for item in Purpose if item.value == slug), None)
        if purpose is None:
            known = ", ".join(item.value for item in Purpose if RULES[item].collects)
            table.refuse(f"unknown purpose {shown(slug)}; these collect: {known}")
            return None
        if not RULES[purpose].collects:
            table.refuse(f"{slug} may not collect: {RULES[purpose].refusal}")
            return None
        table.only(
            "instruction",
            "lawful_basis",
            "readers",
            "recipients",
            "retention",
            "dataset",
        )
        basis = _basis(table)
        readers = _readers(purpose, table)
        recipients: tuple[str, ...] = ()
        if "recipients" in table.entries:
            recipients = table.slugs("recipients", limits.CLASSES)
        classes = self._classes(purpose, table)
        datasets = self._datasets(purpose, table, classes)
        used = {item.retention for item in datasets}
        for name in classes:
            if name not in used:
                reason = f"retention {name} is used by no dataset: use it or remove it"
                table.refuse(reason, "retention", name)
        kept = tuple(RetentionClass(*item) for item in sorted(classes.items()))
        return PurposeRules(purpose, basis, readers, recipients, kept, datasets)

    def _classes(self, purpose: Purpose, table: Table) -> dict[str, int]:
        """Return the maximum age of each retention class; 0 where it is refused."""
        classes: dict[str, int] = {}
        for name, item in table.tables("retention"):
            if not is_slug(name):
                item.refuse(f"{shown(name)} is no name: use lower-case words with -")
                continue
            classes[name] = self._keep(purpose, item)
            self._criterion(item)
        if len(classes) > limits.CLASSES:
            table.refuse(f"more than {limits.CLASSES} retention classes", "retention")
        return classes

    def _keep(self, purpose: Purpose, item: Table) -> int:
        most = RULES[purpose].maximum_days
        keep = item.duration("keep")
        if keep is None:
            return 0
        if keep > most * DAY:
            item.refuse(f"{purpose.value} may keep at most {most}d", "keep")
        if keep < KEEP_SECONDS_MINIMUM:
            item.refuse("keep at least 1d: a key lives a day", "keep")
        return keep

    def _criterion(self, item: Table) -> None:
        """Check that the length of time has a reason that somebody stands for."""
        criterion = "purpose"
        if "criterion" in item.entries:
            criterion = item.text("criterion") or ""
            if criterion and criterion not in CRITERIA:
                known = ", ".join(CRITERIA)
                item.refuse(f"unknown criterion; use one of {known}", "criterion")
        beside = CRITERIA.get(criterion)
        if beside is None:
            return
        item.only("keep", "criterion", *beside)
        missing = [key for key in beside if key not in item.entries]
        if missing:
            item.refuse(f"{criterion} needs {', '.join(missing)}: an open end is none")
        for key in beside:
            if key == "review" and key in item.entries:
                self._review(item)
            elif key in item.entries:
                item.text(key)

    def _review(self, item: Table) -> None:
        """Check the day on which a business need lapses."""
        found = item.entries["review"]
        # a datetime is a date too, but no day
        if type(found) is not date:
            try:
                found = date.fromisoformat(found) if isinstance(found, str) else None
            except ValueError:
                found = None
        if found is None:
            item.refuse("review must be a day, such as 2026-12-31", "review")
        elif self.today is not None:
            ahead = (found - self.today).days
            if not 0 < ahead <= REVIEW_DAYS:
                item.refuse("review must lie ahead, within a year", "review")

    def _datasets(
        self, purpose: Purpose, table: Table, classes: dict[str, int]
    ) -> tuple[DatasetRule, ...]:
        rules: list[DatasetRule] = []
        named = False
        for name, item in table.tables("dataset"):
            named = True
            dataset = self.catalogue.datasets.get(name)
            reason = f"unknown dataset {shown(name)}"
            if dataset is not None:
                reason = refuse_dataset(purpose, dataset) or ""
            if reason or dataset is None:
                item.refuse(reason)
                _use(item, classes)
                continue
            rules.append(_dataset(purpose, dataset, item, classes))
        if not named and "dataset" not in table.entries:
            table.refuse("no dataset: a purpose that gets nothing is not named")
        elif not named and table.entries["dataset"] == {}:
            table.refuse(
                "no dataset: a purpose that gets nothing is not named", "dataset"
            )
        rules.sort(key=lambda rule: rule.dataset)
        return tuple(rules)
