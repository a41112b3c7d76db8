# SPDX-License-Identifier: Apache-2.0
"""Asks for figures where a collector shows them, as a Prometheus does.

Not here: any expectation.
"""

import http.client


def scraped(
    address: str, path: str = "/metrics", method: str = "GET"
) -> tuple[int, str]:
    """Return status and text of an answer.

    Args:
        address: host and port.
        path: what is asked for.
        method: of HTTP.
    """
    line = http.client.HTTPConnection(address, timeout=30)
    try:
        line.request(method, path)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()
