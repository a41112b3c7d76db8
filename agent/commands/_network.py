# SPDX-License-Identifier: Apache-2.0
"""How commands reach the collector: the proxy's option, and the courier.

Rules: `--proxy` goes before `network.toml`, and that before the environment; "direct"
means none.
Not here: proxies themselves (`agent/delivery/proxies.py`), the file
(`agent/delivery/network_file.py`).
"""

import argparse
import os

from agent.about import about
from agent.delivery.courier import Courier
from agent.delivery.network_file import proxy_setting
from agent.delivery.proxies import Proxy, choose, parse_url
from agent.state import state_at


def add_proxy_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--proxy`."""
    parser.add_argument(
        "--proxy",
        metavar="URL",
        help="http://[user:password@]host:port, or direct (default: network.toml's, or "
        "https_proxy)",
    )


def proxy_for(url: str, options: argparse.Namespace) -> Proxy | None:
    """Return the proxy to take to a collector.

    Raises:
        UsageError: its address, or the file that names it, cannot be read.
    """
    setting: str | None = options.proxy or proxy_setting(state_at(options.state))
    return choose(parse_url(url), setting, os.environ)


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
