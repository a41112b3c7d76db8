# SPDX-License-Identifier: Apache-2.0
"""Shells of accounts, as far as they name nobody.

Not here: accounts as a whole (the collector's own Examples).
"""

import pytest

from agent.collectors.user_accounts import parse_account


@pytest.mark.parametrize(
    ("shell", "told"),
    [
        (b"/bin/bash", "/bin/bash"),
        (b"/usr/sbin/nologin", "/usr/sbin/nologin"),
        (b"/dev/null", "/dev/null"),
        (b"/home/ada/.nix-profile/bin/fish", "fish"),
        (b"/data/people/ada/zsh", "zsh"),
        (b"/run/current-system/sw/bin/bash", "/run/current-system/sw/bin/bash"),
        (b"", None),
    ],
)
def test_a_shell_in_a_home_is_its_name(shell: bytes, told: str | None) -> None:
    """Only the system's own folders are told with a shell."""
    found = parse_account(b"ada:x:1000:1000::/home/ada:" + shell, [])
    assert found is not None
    assert found["shell"] == told
