# SPDX-License-Identifier: Apache-2.0
"""Sentences of other processes, as a page says them."""

import pytest

from server.console.typed import for_page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "no order, or several: discreet-server diagnose status shows, for a day",
            "no order, or several",
        ),
        (
            "diagnostics run under an open ticket: discreet-server ticket open",
            "diagnostics run under an open ticket",
        ),
        (
            "a ticket is open too long: give a nearer --until",
            "a ticket is open too long",
        ),
        ("discreet-server serve starts it", ""),
        ("no device: ask again", "no device: ask again"),
        ("parameter top: write a whole number", "parameter top: write a whole number"),
        ("a -- b, c: d", "a -- b, c: d"),
        ("", ""),
    ],
)
def test_a_page_names_no_command(said: str, shown: str) -> None:
    """What is wrong stays; what is to be typed elsewhere goes, and nothing else."""
    assert for_page(said) == shown
