# SPDX-License-Identifier: Apache-2.0
"""`agent.toml` is under the environment, that is under flags, and a typo is told.

Rules: real files; the program as a person runs it where its words are judged.
Not here: what a proxy is (`test_proxies.py`), the system's settings
(`test_system_proxy.py`).
"""

import re
import signal
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

import pytest
from agent_program import fails, running, until
from device_fixture import enrolled
from installation_fixture import install
from tls_fixture import connect_proxy

from agent.commands._network import proxy_for
from agent.delivery.proxies import Proxy
from agent.errors import UsageError
from agent.host.access import DEFAULT_CONFIGURATION
from agent.settings import KEYS, Settings, configure, read_settings

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "packaging/linux/agent.toml"
FILE = 'state = "/file"\nproxy = "http://file.lan:1"\nlog = "warning"\n'


def configured(
    directory: Path,
    text: str = FILE,
    environment: Mapping[str, str] | None = None,
    state: str | None = None,
    proxy: str | None = None,
) -> Settings:
    """Return what holds with a file, an environment and flags."""
    path = directory / "agent.toml"
    path.write_text(text)
    options = Namespace(config=str(path), state=state, proxy=proxy)
    return configure(options, environment or {})


def test_the_file_is_taken(tmp_path: Path) -> None:
    """What the file says holds where nothing else does."""
    expected = Settings(tmp_path, "/file", "http://file.lan:1", "warning", found=True)
    assert configured(tmp_path) == expected


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """Each variable goes before its key."""
    environment = {
        "DISCREET_AGENT_DIR": "/environment",
        "DISCREET_AGENT_PROXY": "direct",
        "DISCREET_AGENT_LOG": "error",
    }
    expected = Settings(tmp_path, "/environment", "direct", "error", found=True)
    assert configured(tmp_path, environment=environment) == expected


def test_flags_go_before_both(tmp_path: Path) -> None:
    """What is given on the command line holds whatever else is set."""
    environment = {"DISCREET_AGENT_DIR": "/environment", "DISCREET_AGENT_PROXY": "x:1"}
    found = configured(tmp_path, FILE, environment, "/flag", "flag.lan:1")
    assert (found.state, found.proxy) == ("/flag", "flag.lan:1")


def test_the_proxy_that_is_set_goes_before_network_toml(tmp_path: Path) -> None:
    """The state directory's own file is still read where `agent.toml` sets none."""
    (tmp_path / "network.toml").write_text('proxy = "network.lan:1"')
    path = tmp_path / "agent.toml"
    for text, host in (('proxy = "file.lan:1"', "file.lan"), ("", "network.lan")):
        path.write_text(text)
        options = Namespace(config=str(path), state=str(tmp_path), proxy=None)
        configure(options, {})
        assert proxy_for("https://collector.test", options) == Proxy(host, 1)


def test_without_a_file_nothing_is_set(tmp_path: Path) -> None:
    """The usual place may hold no file; one that was named must be there."""
    options = Namespace(state=None, config=None)
    if not (DEFAULT_CONFIGURATION / "agent.toml").exists():
        assert configure(options, {}) == Settings()
    with pytest.raises(UsageError, match="not there"):
        read_settings(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('prox = "secret"', r"agent\.toml:1: unknown key 'prox': did you mean proxy\?"),
        ('#\nState = "secret"', r"agent\.toml:2: .*did you mean state\?"),
        ('colour = "secret"', "known here: state, proxy, log"),
        ('log = "secret"', "log must be one of info, warning, error"),
        ('state = "secret"', "state must be an absolute path"),
        ("proxy = 7", "proxy must be a line of text"),
        ('proxy = "secret', "not TOML"),
        ('[proxy]\nhttp = "secret"', "proxy must be a line of text"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    """A mistake is refused with its line and the nearest name, and no value."""
    with pytest.raises(UsageError) as refused:
        configured(tmp_path, text)
    assert re.search(told, str(refused.value))
    assert "secret" not in str(refused.value)


def test_a_wrong_variable_is_told(tmp_path: Path) -> None:
    """A variable that cannot be meant is refused by its name."""
    with pytest.raises(UsageError, match="DISCREET_AGENT_LOG"):
        configured(tmp_path, environment={"DISCREET_AGENT_LOG": "loud"})


def test_the_shipped_file_sets_nothing_and_explains_every_key(tmp_path: Path) -> None:
    """The file as it is shipped is all comment; each example in it can be taken."""
    assert read_settings(SHIPPED) == Settings(SHIPPED.parent, found=True)
    lines = SHIPPED.read_text().splitlines()
    examples = [line[2:] for line in lines if re.match(r"# [a-z]+ = ", line)]
    found = configured(tmp_path, "\n".join(examples))
    assert {line.partition(" ")[0] for line in examples} == set(KEYS)
    assert None not in (found.state, found.proxy, found.log)


def test_every_command_refuses_a_wrong_file(tmp_path: Path) -> None:
    """A command does not begin with settings that it does not understand."""
    path = tmp_path / "agent.toml"
    path.write_text('proxi = "x"')
    for command in ("run", "status", "preview"):
        assert "did you mean proxy?" in fails(2, "--config", path, command)


@pytest.mark.slow
def test_a_reload_takes_the_file_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload takes another proxy; by a mistake the agent keeps its own."""
    path = tmp_path / "agent.toml"
    path.write_text('proxy = "direct"\n')
    monkeypatch.setenv("DISCREET_AGENT_CONFIG", str(path))
    state = enrolled(tmp_path / "state", install(tmp_path))
    busy = b"HTTP/1.1 503 Busy\r\n\r\n"
    with (
        connect_proxy(busy) as (port, heads),
        running(state.directory, "--now") as agent,
    ):
        until(agent, "exchange-failed")
        path.write_text('prox = "x"\n')
        agent.send_signal(signal.SIGHUP)
        until(agent, "reload-refused")
        assert heads == []
        path.write_text(f'proxy = "127.0.0.1:{port}"\n')
        agent.send_signal(signal.SIGHUP)
        until(agent, "reloaded")
        until(agent, "exchange-failed")
        assert heads[0].startswith(b"CONNECT ")
