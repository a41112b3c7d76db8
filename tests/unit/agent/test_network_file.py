# SPDX-License-Identifier: Apache-2.0
"""The proxy of `network.toml` is taken, or its file is refused: never passed by.

Rules: real files; the command line's own reading of them.
Not here: what a proxy is (`test_proxies.py`).
"""

from argparse import Namespace
from pathlib import Path

import pytest

from agent.commands._network import proxy_for
from agent.delivery.network_file import proxy_setting
from agent.delivery.proxies import Proxy
from agent.errors import UsageError
from agent.state import State

URL = "https://collector.test"


def chosen(directory: Path, given: str | None = None) -> Proxy | None:
    """Return the proxy that a command takes."""
    return proxy_for(URL, Namespace(state=str(directory), proxy=given))


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ('proxy = "http://file.lan:3128"\n', Proxy("file.lan", 3128)),
        ('proxy = "direct"', None),
        ("# nothing set\n", Proxy("environment.lan", 3128)),
        (None, Proxy("environment.lan", 3128)),
    ],
)
def test_the_file_goes_before_the_environment(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str | None,
    proxy: Proxy | None,
) -> None:
    """What the file says holds, also "direct"; where it says nothing, the variable."""
    monkeypatch.setenv("https_proxy", "http://environment.lan:3128")
    if text is not None:
        (tmp_path / "network.toml").write_text(text)
    assert chosen(tmp_path) == proxy


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    """What is given on the command line is taken whatever the file says."""
    (tmp_path / "network.toml").write_text('proxy = "file.lan"')
    assert chosen(tmp_path, "given.lan:1") == Proxy("given.lan", 1)
    assert chosen(tmp_path, "direct") is None


@pytest.mark.parametrize(
    "text",
    ['proxy = "secret', "proxy = 3128", 'prox = "secret"', 'proxy = ["secret"]', "\0"],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    """A mistake in the file is an error that repeats none of its words."""
    (tmp_path / "network.toml").write_text(text)
    with pytest.raises(UsageError, match="cannot be understood") as refusal:
        proxy_setting(State(tmp_path))
    assert "secret" not in str(refusal.value)
