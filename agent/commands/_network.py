# SPDX-License-Identifier: Apache-2.0
"""How commands reach the collector: the proxy's option, and the courier.

Rules: `--proxy` goes before the environment; "direct" means none.
Not here: proxies themselves (`agent/proxies.py`).
"""

import argparse
import os

from agent.about import about
from agent.courier import Courier
from agent.proxies import Proxy, choose, parse_url


def add_proxy_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--proxy`."""
    parser.add_argument(
        "--proxy",
        metavar="URL",
        help="http://[user:password@]host:port, or direct (default: https_proxy)",
    )


def proxy_for(url: str, options: argparse.Namespace) -> Proxy | None:
    """Return the proxy to take to a collector.

    Raises:
        UsageError: its address cannot be read.
    """
    return choose(parse_url(url), options.proxy, os.environ)


def courier_for(url: str, options: argparse.Namespace) -> Courier:
    """Return what reaches a collector."""
    return Courier(about(), proxy_for(url, options))
