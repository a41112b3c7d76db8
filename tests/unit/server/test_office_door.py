# SPDX-License-Identifier: Apache-2.0
"""Whose word the office takes: a session's, looked up here, and decided anew.

Rules: a real register of people with real sessions.
Not here: each role and act (`test_desks_matrix.py`), what acts answer
(`test_office_acts.py`).
"""

import time
from collections.abc import Iterator

import pytest
from reader_fixture import Site, make_site
from session_fixture import signed_in

from server.access.actions import Role
from server.console.desks import gathered
from server.errors import DeniedError, UsageError
from server.office.door import answer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector with one device."""
    made = make_site(tmp_path_factory.mktemp("door") / "collector")
    made.enrol("Desk")
    yield made
    made.store.close()
    made.keyring.close()


def asked(site: Site, act: str, secret: str) -> list[dict[str, object]]:
    """Return what the office answers to a session."""
    question: dict[str, object] = {"act": act, "session": secret}
    return list(answer(site.layout, question, "root", int(time.time())))


def test_a_session_is_answered_by_its_roles(site: Site) -> None:
    """A technician is told devices; a client is not, and the ledger has it first."""
    _, ann = signed_in(site.layout, site.tenant, [Role.TECHNICIAN])
    (one,) = gathered(iter(asked(site, "fleet", ann)), "devices")
    assert one["label"] == "Desk"
    number, cleo = signed_in(site.layout, site.tenant, [Role.CLIENT], "Cleo")
    with pytest.raises(DeniedError):
        asked(site, "fleet", cleo)
    (denied,) = [one.body for one in site.acts() if one.act == "access-denied"]
    assert denied is not None
    assert (denied["person"], denied["action"]) == (number, "device.see")
    assert asked(site, "policy", cleo)[-1]["end"]


def test_without_a_session_nothing_is_told(site: Site) -> None:
    """Nobody's, a made-up and another tenant's session are denied alike."""
    _, other = signed_in(site.layout, b"o" * 16, [Role.TECHNICIAN], "Eve")
    for secret in ("", "x" * 43, other):
        with pytest.raises(DeniedError):
            asked(site, "fleet", secret)


def test_an_act_that_there_is_not_is_refused(site: Site) -> None:
    """No name leads to a file that is no act."""
    _, ann = signed_in(site.layout, site.tenant, [Role.TECHNICIAN], "Ann")
    for name in ("", "nothing", "../door", "__init__"):
        with pytest.raises(UsageError, match="does not know this act"):
            asked(site, name, ann)
