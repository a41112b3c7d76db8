# SPDX-License-Identifier: Apache-2.0
"""How commands reach the collector: the proxy's option, and the courier.

Rules: what is set (`--proxy`, its variable, `agent.toml`) goes before `network.toml`,
that before the environment, and that before the system's own settings; "direct" means
none, "system" those settings alone.
Not here: proxies themselves (`agent/delivery/proxies.py`), the files
(`agent/settings.py`, `agent/delivery/network_file.py`).
"""

import argparse
import os

from agent.about import about
from agent.delivery.courier import Courier
from agent.delivery.network_file import proxy_setting
from agent.delivery.proxies import SYSTEM, Proxy, choose, has_variable, parse_url
from agent.delivery.system_proxy import choose_system
from agent.host.system_proxy import system_proxies
from agent.state import state_at


def add_proxy_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--proxy`."""
    parser.add_argument(
        "--proxy",
        metavar="URL",
        help="http://[user:password@]host:port, direct or system (default: "
        "agent.toml's, or https_proxy, or the system's own)",
    )


def proxy_for(url: str, options: argparse.Namespace) -> Proxy | None:
    """Return the proxy to take to a collector.

    Raises:
        UsageError: its address, or the file that names it, cannot be read.
    """
    setting: str | None = options.proxy or proxy_setting(state_at(options.state))
    address = parse_url(url)
    if setting is not None and setting.lower() == SYSTEM:
        return choose_system(address, system_proxies())
    if setting or has_variable(os.environ):
        return choose(address, setting, os.environ)
    return choose_system(address, system_proxies())


def courier_for(
    url: str, options: argparse.Namespace, *, hears: bool = True
) -> Courier:
    """Return what reaches a collector.

    Args:
        url: the collector's address.
        options: the command line.
        hears: whether orders are taken in: by who carries them out.
    """
    return Courier(about(), proxy_for(url, options), hears=hears)
