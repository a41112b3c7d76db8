# SPDX-License-Identifier: Apache-2.0
"""Labels that end the names of machines and sites, and those that mislead.

Rules: a label outside these lists ends no name; an ambiguous one needs evidence.
Not here: how a name is judged (`detectors/fqdns.py`).
Source: ISO 3166-1 codes in DNS use, the generic domains seen most, RFC 6761, RFC 8375.
"""

_COUNTRIES = b"""
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo
br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm
do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs
gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km
kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp
mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk
pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss
st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va
vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_GENERIC = b"""
com net org edu gov mil int arpa info biz name pro mobi tel travel jobs coop aero
museum asia cat app dev cloud online site tech store shop xyz top club live blog news
agency company digital email network systems solutions services group consulting
support world academy media studio design global page link space website work bank
berlin hamburg koeln london paris nyc tokyo amazon google microsoft apple onion bit
zone host science research university health legal law tax finance insurance church
"""
_PRIVATE = b"""
local localdomain lan internal intranet corp home localnet private domain office priv
test example invalid ad dmz prod
"""
_AMBIGUOUS = b"""
ac ad ai am as at be by cc cd cf cm co cs do fm gg id im in info int io ir is it la
link live local md me media ml mm mo ms mt my na name ne net network news no np nu om
org page pl pm pn pro prod ps pt py re rs sc sd services sh site so space st store
support sy systems tc td test tf tm to top tr tt us va vi web work ws za zone home
host domain private example invalid app dev cloud email group office design internal
research bit cat law jobs online digital global studio health
"""

TOP_LEVEL = frozenset((_COUNTRIES + _GENERIC + _PRIVATE).split())
"""Labels that may end a name."""
AMBIGUOUS = frozenset(_AMBIGUOUS.split()) - {b"net", b"org", b"local"}
"""Labels that also end files, packages and keys."""
SECOND_LEVEL = frozenset(
    b"co com ac gov org net edu or ne go gob nom corp ad local".split()
)
"""Labels before a country's that speak for a name."""
REVERSED_ROOTS = frozenset(
    b"com org net edu io java javax sun de uk ru android scala kotlin".split()
)
"""First labels of names written backwards, as packages are."""
