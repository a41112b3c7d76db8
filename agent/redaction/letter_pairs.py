# SPDX-License-Identifier: Apache-2.0
"""Tells letters that a machine drew from letters that are words.

Rules: words of every language that Latin letters write share most of their pairs of
letters, and drawn letters do not; a pair in which a new word of camelCase begins does
not count; fewer than sixteen letters tell nothing.
Not here: digits and signs among the letters (`secret_values.py`).
"""

from itertools import pairwise

_COSTS = b"""
75458756575343859343566867
27773898368377379457397969
39673893484589279563599977
36752777278676379557478967
56446668686453757234767578
39763489299478369465499969
37872855397564469446387979
29872997388667389565487969
46455658876452469544859786
27862888386776369847388988
29873875396686379545486979
37752778277477379855479959
24872899399657349767488989
38533638476786479843569967
66547657685442659344455888
39673865498478349354499969
48786898599478676666188898
37652768386655379554578968
48483784394677458742487968
39682894299677479455488958
45554658475443649343778877
28771889299786479668698879
19763875398684379458697969
46363687399668639762688669
26564768476544439644586977
26872965387665489777576956
"""
"""What a letter (column) costs after another (row), in bits, a to z.

Counted in messages of programs in eighteen languages, and in the names of Python's
library: minus the logarithm of how often it follows.
"""
_TABLE = bytes(digit - 0x30 for digit in _COSTS.replace(b"\n", b""))
_LETTERS = 26
_LOWER = 0x61
"""The letter a: all before are capitals."""
TELLING = 16
"""Fewest letters that tell anything."""
_MOST = 64
"""Letters that are looked at: the rest tells no more."""
_WORDS = 4.4
"""Bits of a pair, on the average, up to which long names in camelCase are words."""
_DRAWN = 4.8
"""Bits of a pair above which letters were drawn: of a thousand words of sixteen letters
or more one costs as much, of a hundred drawn ones ninety-seven cost more."""
_SHORT_DRAWN = 4.2
"""The same for letters whose case changes more often than words are long."""
_SHORTEST_WORDS = 3
"""Letters of a word of camelCase, on the average, below which its case is random."""


def is_drawn(letters: bytes) -> bool:
    """Tell whether letters are so odd that a machine must have drawn them.

    Args:
        letters: ASCII letters, and nothing else.
    """
    if len(letters) < TELLING:
        return False
    odd = len(letters) < _SHORTEST_WORDS * _humps(letters)
    return _cost(letters[:_MOST]) > (_SHORT_DRAWN if odd else _DRAWN)


def is_long_name(letters: bytes) -> bool:
    """Tell whether letters are a long name in camelCase or capitals, or a long noun.

    Long words of small letters only are none: somebody may have joined them to a
    secret.

    Args:
        letters: ASCII letters, and nothing else.
    """
    return (
        not letters.islower()
        and len(letters) >= _SHORTEST_WORDS * _humps(letters)
        and _cost(letters[:_MOST]) < _WORDS
    )


def _humps(letters: bytes) -> int:
    """Return how many words of camelCase there are."""
    return 1 + sum(_begins(one, two) for one, two in pairwise(letters))


def _begins(one: int, two: int) -> bool:
    """Tell whether a word begins between two letters."""
    return one >= _LOWER > two


def _cost(letters: bytes) -> float:
    """Return what a pair of letters costs, on the average; of three letters or more."""
    costs = [
        _TABLE[(one & 0x1F) * _LETTERS + (two & 0x1F) - _LETTERS - 1]
        for one, two in pairwise(letters)
        if not _begins(one, two)
    ]
    return sum(costs) / len(costs)
