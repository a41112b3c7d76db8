# SPDX-License-Identifier: Apache-2.0
"""Places on the earth: latitude and longitude, wherever a word or a mark says so.

Rules: removed, never given a pseudonym; two decimals are a kilometre and stay alone,
and so do numbers without a word, a degree sign or a form that only places have.
Not here: postal addresses.
Source: RFC 5870 (geo URI), ISO 6709, NMEA 0183, Android's and Core Location's forms.
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "coordinates"
CLASS = "location"
_DEGREES = rb"[-+]?[0-9]{1,3}\.[0-9]{2}[0-9]*"
_PAIR = _DEGREES + rb"[,;/ ]+" + _DEGREES
PATTERN = (
    rb"(?i:\b(?:[a-z_]*(?:latitude|longitude)|(?:[a-z]+_)?(?:lat|lon|long|lng))"
    rb"(?:_?(?:deg|degrees|e6))?[\\\"']*[ :=(>]+[\\\"']*" + _DEGREES + rb"\b)"
    rb"|(?i:(?:\bgeo:|[?&](?:q|ll|sll|center|daddr|saddr)=|"
    rb"\blocation\[[a-z]+ |\bgps[a-z]*"
    rb"[ :=(\[]+|\bcoord[a-z]*[\\\"']*[ :=(\[]+|\bposition[\\\"']*[ :=(\[]+|\blocation"
    rb"[\\\"']*[ :=(\[<]+|\bpoint ?\(|/maps/@)" + _PAIR + rb")"
    rb"|/@" + _PAIR + rb",|<[-+][0-9.]+,[-+][0-9.]+> \+/-"
    rb"|[-+][0-9]{2}\.[0-9]{2}[0-9]*[-+][0-9]{3}\.[0-9]{2}[0-9]*"
    rb"|[0-9]{1,3}(?:\.[0-9]+)?(?:\xc2?[\xb0\xba]| deg)[0-9 .'\"\xc2\xb0\xe2\x80\xb2"
    rb"\xb3]*[NSEWO]\b"
    rb"|\$G[A-Z]{4},[0-9A-Z.,]*[0-9]{4}\.[0-9]+,[NS],[0-9]{5}\.[0-9]+,[EW]"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = False

_NUMBER = LazyPattern(rb"[-+]?[0-9]{1,3}\.[0-9]{2,}\b")
_ALONE = LazyPattern(rb"[-+]?[0-9]{1,3}\.[0-9]{3,}\b")
_BOTH = LazyPattern(_PAIR + rb"\Z")
_SENTENCE = LazyPattern(rb"[0-9]{4}\.[0-9]+,[NS],[0-9]{5}\.[0-9]+,[EW]")
_SIGNS = (b"<", b"+", b"-")
_DEGREE_MARK = LazyPattern(rb"[\xb0\xba]| deg")
_LONGITUDES = 180


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept numbers within the earth's range that stand in such a form."""
    del before, after
    if match.startswith(b"$G"):
        return tuple((*one.span(), CLASS) for one in _SENTENCE.finditer(match))
    if match[:1] in _SIGNS or _DEGREE_MARK.search(match):
        return ((0, len(match.removesuffix(b" +/-")), CLASS),)
    number = None
    if match.count(b".") > 1:
        number = _BOTH.search(match.rstrip(b","))
    number = number or _ALONE.search(match)
    if number is None:
        return ()
    values = [float(value) for value in _NUMBER.findall(number[0])]
    if any(abs(value) > _LONGITUDES for value in values):
        return ()
    return ((*number.span(), CLASS),)


HITS = (
    ("lat=52.5200, lon=13.4050", "52.5200"),
    ("lat=52.5200, lon=13.4050", "13.4050"),
    ('{"latitude": -33.8688, "longitude": 151.2093}', "-33.8688"),
    (r"{\"lng\":\"151.2093\"}", "151.2093"),
    ("geo:52.5200,13.4050;u=35", "52.5200,13.4050"),
    ("https://maps.example/?q=52.5200,13.4050", "52.5200,13.4050"),
    ("https://maps.example/maps/@52.5200,13.4050,17z", "52.5200,13.4050"),
    ("Location[gps 52.520008,13.404954 hAcc=20", "52.520008,13.404954"),
    ("<+52.52000800,+13.40495400> +/- 5.00m", "+52.52000800"),
    ("at +52.5200+013.4050/", "+52.5200+013.4050"),
    ("52.5200\N{DEGREE SIGN} N, 13.4050\N{DEGREE SIGN} E", "13.4050"),
    ("52\N{DEGREE SIGN}31'12\"N", "31'12"),
    ("$GPGGA,123519,4807.038,N,01131.000,E,1", "4807.038,N,01131.000"),
    ("POINT(13.4050 52.5200)", "13.4050 52.5200"),
    ("coordinates: [52.5200, 13.4050]", "52.5200, 13.4050"),
    ("<longitude>13.4050</longitude>", "13.4050"),
)
MISSES = (
    "latency=52.5200 and flat=13.4050",
    "lat=5",
    "position: 52.5",
    "load average: 0.52, 0.58, 0.59",
    "took 52.5200,13.4050 s",
    "temperature 52.5\N{DEGREE SIGN}C",
    "lat=999.1234",
    'babel-template (= 7.20.7) and "translate(26.123,22.123)" and long = 2.12',
    "along 13.4050",
)
WORST = "lat=1.11,-1.11 "
