# SPDX-License-Identifier: Apache-2.0
"""A privacy officer at a real browser builds evidence, and a stranger verifies it.

Rules: `serve` runs as it ships; the file is what the browser downloaded, and who
verifies it has the program, the file and the digest, and no collector.
Not here: what is refused (`tests/unit/server/test_console_evidence.py`), what is in a
package (`tests/unit/server/test_evidence.py`).
"""

import json
from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import Collector, run
from console_walk import certificate, console, invited

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
WHY = "the yearly audit of 2027"
BUILT_MS = 300_000


def test_evidence_from_the_page_to_a_stranger(tmp_path: Path) -> None:
    """She gives a reason, sees it being built, downloads, and it verifies elsewhere."""
    with console(tmp_path) as (collector, origin):
        link = invited(collector, "Ida Wells", "--role", "privacy-officer")
        with chromium(certificate(collector)) as browser:
            ida = Visitor(browser.new_context(locale="en-GB"), origin)
            file = built(ida, link, tmp_path / "evidence.zip")
            assert (ida.elsewhere, ida.complaints) == ([], [])
        digest = root(collector)
        found = verified(file, digest, tmp_path / "elsewhere")
        lines = [json.loads(one) for one in shown(collector)]
    assert found["overdue"] == 0
    assert found["files"] > 15
    acts = [one["act"] for one in lines if one["act"].startswith("evidence-")]
    assert acts == ["evidence-asked", "evidence-built", "evidence-fetched"]
    asked = next(one for one in lines if one["act"] == "evidence-asked")
    assert asked["body"]["reason"] == WHY


def test_evidence_without_scripts(tmp_path: Path) -> None:
    """Without JavaScript the page comes again by itself until the package is ready."""
    with console(tmp_path) as (collector, origin):
        link = invited(collector, "Ida Wells", "--role", "privacy-officer")
        with chromium(certificate(collector)) as browser:
            ida = Visitor(browser.new_context(locale="en-GB"), origin)
            enter(ida, link)
            state = ida.context.storage_state()
            plain = browser.new_context(
                locale="en-GB", storage_state=state, java_script_enabled=False
            )
            page = plain.new_page()
            page.goto(f"{origin}/evidence")
            page.fill("#reason", WHY)
            with page.expect_navigation():
                page.get_by_role("button", name="Build the package").click()
            page.locator("h3 .state-ready").wait_for(timeout=BUILT_MS)
            assert page.get_by_role("link", name="Download the package").count() == 1


def enter(ida: Visitor, link: str) -> None:
    """Come in by an invitation."""
    ida.page.goto(link)
    ida.prove()
    ida.page.wait_for_url(f"{ida.origin}/me")


def built(ida: Visitor, link: str, file: Path) -> Path:
    """Build a package from the page, and download it."""
    page = ida.page
    enter(ida, link)
    ida.go("/evidence")
    page.fill("#reason", WHY)
    ida.follow("button", "Build the package")
    ready = page.locator("h3 .state-ready")
    ready.wait_for(timeout=BUILT_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the package").click()
    download.value.save_as(file)
    return file


def root(collector: Collector) -> str:
    """Return the pinned digest, as the operator tells it by another way."""
    shown_root = json.loads(collector.ask("root", "show", "--json"))
    return str(shown_root["digest"])


def verified(file: Path, digest: str, nowhere: Path) -> dict[str, int]:
    """Verify a file where there is no collector; return what is said of it."""
    arguments = "evidence", "verify", str(file), "--root", digest, "--json"
    told = run("discreet-server", *arguments, state=nowhere).stdout
    found: dict[str, int] = json.loads(told)
    return found


def shown(collector: Collector) -> list[str]:
    """Return the ledger's lines."""
    return collector.ask("ledger", "show", "--json").splitlines()
