# SPDX-License-Identifier: Apache-2.0
"""`law` as people type it, against a keeper that runs.

Rules: the commands are run as they ship; the keeper is a process.
Not here: what a law keeps (`test_law.py`), what a pack may say
(`test_law_source.py`).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from keeper_fixture import running_keeper
from reader_fixture import make_site, table

from server import __main__ as program

pytestmark = pytest.mark.slow
EXAMPLE = str(Path(__file__).parents[3] / "policies" / "law" / "example.toml")
Type = Callable[..., str]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Type]:
    """Install a collector with data, run its keeper, and type at it."""
    site = make_site(tmp_path_factory.mktemp("law") / "collector")
    site.say(site.enrol("Desk"), [table("event_logs", [{"message": "a"}] * 2)])

    def run(*arguments: str, code: int = 0) -> str:
        printed = StringIO()
        with redirect_stdout(printed):
            directory = str(site.layout.directory)
            assert program.main(["--directory", directory, *arguments]) == code
        return printed.getvalue()

    with running_keeper(site):
        yield run
    site.store.close()
    site.keyring.close()


def test_a_pack_is_checked_without_an_installation(tmp_path: Path) -> None:
    """Each problem has its line; one without its statute is refused."""
    pack = tmp_path / "law.toml"
    text = Path(EXAMPLE).read_text()
    pack.write_text(text.replace('statute = "Example Act, section 1"\n', ""))
    printed = StringIO()
    with redirect_stdout(printed):
        assert program.main(["law", "check", EXAMPLE]) == 0
        assert program.main(["law", "check", str(pack)]) == 2
        assert program.main(["law", "check", "--json", str(pack)]) == 2
    good, bad, plain = printed.getvalue().splitlines()
    assert good == "XX, 2 rules: no problem found."
    reason = 'statute is missing: write statute = "..."'
    assert bad == f"{pack}:7: {reason}"
    assert json.loads(plain)["problems"] == [{"line": 7, "reason": reason}]


def test_a_pack_is_compared_published_and_shown(
    typed: Type, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it touches is told before, by class; then it stands, and is listed."""
    pack = tmp_path / "law.toml"
    pack.write_text(
        Path(EXAMPLE)
        .read_text()
        .replace('["administration"]', '["support"]')
        .replace('"software"', '"event_logs"')
        .replace('["name", "version", "vendor_name"]', '["message"]')
    )
    told = json.loads(typed("law", "diff", str(pack), "--json"))
    assert [(one["name"], one["before"], one["after"]) for one in told["rules"]] == [
        ("XX/example-claims", None, 1_096),
        ("XX/example-software", None, 730),
    ]
    classes = {
        (one["purpose"], one["envelopes"], one["records"]) for one in told["classes"]
    }
    assert ("support", 1, 2) in classes
    assert {one["purpose"] for one in told["classes"]} == {"support"}
    assert "Nothing was published.\n" in typed("law", "diff", str(pack))
    assert json.loads(typed("law", "show", "--json")) == {"rules": []}
    published = typed("law", "publish", str(pack))
    assert "XX, 2 rules: published as version 1.\n" in published
    assert "POLICY ENDS ALL" in published
    shown = typed("law", "show").splitlines()
    assert [line.split()[0] for line in shown[1:]] == [
        "XX/example-claims",
        "XX/example-software",
    ]
    assert "law-published" in typed("ledger", "show")
    pack.write_text(pack.read_text().replace('["message"]', '["host.name"]'))
    typed("law", "publish", str(pack), code=2)
    assert "names other purposes or columns than it did" in capsys.readouterr().err
