# SPDX-License-Identifier: Apache-2.0
"""`keeper overdue` and `case review` as people type them.

Rules: the commands are run as they ship; the keeper is a process.
Not here: what counts as overdue (`test_overdue.py`).
"""

import datetime as dt
import json
import re
from collections.abc import Iterator

import pytest
from office_fixture import Office, office_of
from reader_fixture import make_site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Install a collector and run its keeper."""
    site = make_site(tmp_path_factory.mktemp("overdue") / "collector")
    with office_of(site, tmp_path_factory.mktemp("keys"), {"bo": "counsel"}) as made:
        yield made


def test_all_that_is_overdue_is_one_list(office: Office) -> None:
    """Each sort is a line with its count, its beginning and the command to look at."""
    assert office.typed("keeper", "overdue") == "Nothing is overdue.\n"
    assert json.loads(office.typed("keeper", "overdue", "--json")) == []
    known = dt.datetime.fromtimestamp(office.site.now - 30 * 3_600, dt.UTC)
    said = ("--nature", "integrity", "--key", "00", "--known", known.isoformat())
    office.typed("incident", "open", "inc-1", *said)
    since = dt.datetime.fromtimestamp(office.site.now - 6 * 3_600, dt.UTC)
    head, line = office.typed("keeper", "overdue").splitlines()
    assert head.split() == ["OVERDUE", "HOW", "MANY", "SINCE", "LOOK", "AT"]
    assert re.split(r"\s{2,}", line) == [
        *("duties to tell of an incident", "1", since.strftime("%Y-%m-%dT%H:%M:%SZ")),
        "discreet-server incident list",
    ]
    (one,) = json.loads(office.typed("keeper", "overdue", "--json"))
    assert (one["count"], one["since"]) == (1, int(since.timestamp()))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("zz", "--over", "--reason", "x"), "no case, or more than one"),
        (("zz", "--reason", "x"), "one of the arguments --needed --over is required"),
        (("zz", "--needed"), "required: --reason"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    """What cannot be reviewed is told, with what to do."""
    office.typed("case", "review", *arguments, code=2)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
