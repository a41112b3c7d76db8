# SPDX-License-Identifier: Apache-2.0
"""Examples of certificates: usual places, what must not be opened, and damage.

Rules: the composed ones were made for this file; their private keys are nowhere.
Not here: reading them (`certificates.py`).
"""

import binascii
from collections.abc import Mapping

from agent.host.interface import FileFacts
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_LEAF = (
    b"MIIBCjCBvaADAgECAgMKGywwBQYDK2VwMC8xFjAUBgNVBAoMDUV4YW1wbGUgVHJ1\n"
    b"c3QxFTATBgNVBAMMDEV4YW1wbGUgQ0EgMTAeFw0yNTEwMDEwMDAwMDBaFw0yNTEy\n"
    b"MzAwMDAwMDBaMBsxGTAXBgNVBAMMEHd3dy5leGFtcGxlLnRlc3QwKjAFBgMrZXAD\n"
    b"IQCKiOPddAnxlf1S2y08ul1yymcJvx2UEhvzdIgBtA9vXKMQMA4wDAYDVR0TAQH/\n"
    b"BAIwADAFBgMrZXADQQAyaSOmi+DMISRJGtrWSSnAeky0Ea5A7YCnhL0/GlBs3P5H\n"
    b"3rL1hphglMtWXEuC4fzmRxiA2Etm0HgMlXR27DQH\n"
)
_AUTHORITY = (
    b"MIIBHzCB0qADAgECAgEBMAUGAytlcDAvMRYwFAYDVQQKDA1FeGFtcGxlIFRydXN0\n"
    b"MRUwEwYDVQQDDAxFeGFtcGxlIENBIDEwHhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAx\n"
    b"MDAwMDAwWjAvMRYwFAYDVQQKDA1FeGFtcGxlIFRydXN0MRUwEwYDVQQDDAxFeGFt\n"
    b"cGxlIENBIDEwKjAFBgMrZXADIQCBOXcOqH0XX1ajVGbDTH7My42KkbTuN6Jd9g9b\n"
    b"j8mzlKMTMBEwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQB7eoWkXiH6uhF0sx9H\n"
    b"Leku9cMWCD714CFsWHOTTAGc3CWhUrs9q3cOd/qT+m734IibUDH/VW5lSgz7jULq\n"
    b"ZOQC\n"
)
_ISRG = (
    b"MIICGzCCAaGgAwIBAgIQQdKd0XLq7qeAwSxs6S+HUjAKBggqhkjOPQQDAzBPMQsw\n"
    b"CQYDVQQGEwJVUzEpMCcGA1UEChMgSW50ZXJuZXQgU2VjdXJpdHkgUmVzZWFyY2gg\n"
    b"R3JvdXAxFTATBgNVBAMTDElTUkcgUm9vdCBYMjAeFw0yMDA5MDQwMDAwMDBaFw00\n"
    b"MDA5MTcxNjAwMDBaME8xCzAJBgNVBAYTAlVTMSkwJwYDVQQKEyBJbnRlcm5ldCBT\n"
    b"ZWN1cml0eSBSZXNlYXJjaCBHcm91cDEVMBMGA1UEAxMMSVNSRyBSb290IFgyMHYw\n"
    b"EAYHKoZIzj0CAQYFK4EEACIDYgAEzZvVn4CDCuwJSvMWSj5cz3es3mcFDR0HttwW\n"
    b"+1qLFNvicWDEukWVEYmO6gbf9yoWHKS5xcUy4APgHoIYOIvXRdgKam7mAHf7AlF9\n"
    b"ItgKbppbd9/w+kHsOdx1ymgHDB/qo0IwQDAOBgNVHQ8BAf8EBAMCAQYwDwYDVR0T\n"
    b"AQH/BAUwAwEB/zAdBgNVHQ4EFgQUfEKWrt5LSDv6kviejM9ti6lyN5UwCgYIKoZI\n"
    b"zj0EAwMDaAAwZQIwe3lORlCEwkSHRhtFcP9Ymd70/aTSVaYgLXTWNLxBo1BfASdW\n"
    b"tL4ndQavEi51mI38AjEAi/V3bNTIZargCyzuFJ0nN6T5U6VR5CmD1/iQMVtCnwr1\n"
    b"/q4AaOeMSQ+2b1tbFfLn\n"
)


def _pem(body: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"


def _hex(body: bytes) -> str:
    return binascii.a2b_base64(body).hex()


_LEAF_VALUES: Mapping[str, Value] = {
    "fingerprint.sha256": (
        "23757376d8e637f1914022418cc1a77f384996b56885085d6194da2e520e379f"
    ),
    "subject": "www.example.test",
    "issuer": "Example Trust",
    "serial_number": "0a1b2c",
    "not_before": 1_759_276_800,
    "not_after": 1_767_052_800,
    "key_algorithm": "ed25519",
    "self_signed": False,
    "is_authority": False,
}
_AUTHORITY_VALUES: Mapping[str, Value] = {
    "fingerprint.sha256": (
        "fa487baf62c07390531d72caa52ba311afdf1fbf5c5ef2d9e7a8b93bbc98ad9b"
    ),
    "subject": "Example CA 1",
    "serial_number": "01",
    "not_before": 1_577_836_800,
    "not_after": 2_208_988_800,
    "key_algorithm": "ed25519",
    "self_signed": True,
    "is_authority": True,
}
_ISRG_VALUES: Mapping[str, Value] = {
    "fingerprint.sha256": (
        "69729b8e15a86efc177a57afb7171dfc64add28c2fca8cf1507e34453ccb1470"
    ),
    "subject": "ISRG Root X2",
    "serial_number": "41d29dd172eaeea780c12c6ce92f8752",
    "not_before": 1_599_177_600,
    "not_after": 2_231_510_400,
    "key_algorithm": "ec",
    "key_size": 384,
    "self_signed": True,
    "is_authority": True,
}
_ADDED = "/usr/local/share/ca-certificates"
_ANCHORS = "/etc/pki/ca-trust/source/anchors"
_SERVICES = "/etc/ssl/certs"
_LIVE = "/etc/letsencrypt/live"
_COMBINED = f"{_SERVICES}/proxy.pem"
_SECRET_BLOCK = b"-----BEGIN PRIVATE " + b"KEY-----\nbm90IHJlYWQ=\n-----END PRIVATE "

_LINUX = (
    Example(
        System.LINUX,
        "Recorded (Debian 12, ca-certificates 20230311): an authority's own file, here "
        "in a folder of the added ones.",
        rows=({"store": "added-authorities", **_ISRG_VALUES},),
        files={f"{_ADDED}/isrg/root-x2.crt": _pem(_ISRG)},
    ),
    Example(
        System.LINUX,
        "Composed: an added authority, a service's chain with text around it, links of "
        "certbot; of the system's own, of keys and of a file for few nothing is read.",
        rows=(
            {"store": "added-authorities", **_AUTHORITY_VALUES},
            {"store": "services", **_LEAF_VALUES},
            {"store": "services", **_AUTHORITY_VALUES},
            {"store": "letsencrypt", **_LEAF_VALUES},
        ),
        files={
            f"{_ANCHORS}/example.pem": _pem(_AUTHORITY),
            f"{_SERVICES}/www.pem": b"subject=www\r\n"
            + _pem(_LEAF).replace(b"\n", b"\r\n")
            + _SECRET_BLOCK
            + _pem(_AUTHORITY)
            + _pem(_LEAF),
            f"{_SERVICES}/www-key.pem": _pem(_ISRG),
            f"{_SERVICES}/ca-certificates.crt": _pem(_ISRG),
            f"{_SERVICES}/README": _pem(_ISRG),
            _COMBINED: _pem(_ISRG),
            "/usr/share/ca-certificates/isrg.crt": _pem(_ISRG),
            f"{_LIVE}/README": b"",
            "/etc/letsencrypt/archive/www/cert1.pem": _pem(_LEAF),
            "/etc/letsencrypt/archive/www/privkey1.pem": _SECRET_BLOCK,
        },
        links={
            f"{_SERVICES}/isrg.pem": "/usr/share/ca-certificates/isrg.crt",
            f"{_LIVE}/www/cert.pem": "../../archive/www/cert1.pem",
            f"{_LIVE}/odd/cert.pem": "../../archive/www/privkey1.pem",
        },
        facts={"facts": {_COMBINED: FileFacts(1, 1, 1, 1, 0, 0o640)}},
    ),
    Example(
        System.LINUX,
        "Composed: cut, doubled and empty blocks, DER that ends too early.",
        rows=({"store": "added-authorities", **_AUTHORITY_VALUES},),
        files={
            f"{_ADDED}/a.crt": _pem(_AUTHORITY) + _pem(_LEAF)[:90] + b"\xff\0",
            f"{_ADDED}/b.crt": _pem(_AUTHORITY) + _pem(b"AAAA\n") + _pem(b"A\n"),
            f"{_ADDED}/c.crt": b"\x30\x82\x01\x0a\x30",
            f"{_ADDED}/d.crt": b"",
        },
    ),
    Example(
        System.LINUX,
        "Composed: the system's own authorities only.",
        rows=(),
        files={
            f"{_ADDED}/": b"",
            f"{_SERVICES}/ca-certificates.crt": _pem(_ISRG),
        },
    ),
)

_WINDOWS = (
    Example(
        System.WINDOWS,
        "Composed: a server's certificate with its key, an authority that was added "
        "and one that a policy gives.",
        rows=(
            {"store": "machine-personal", "private_key_present": True, **_LEAF_VALUES},
            {"store": "machine-root", "private_key_present": False, **_ISRG_VALUES},
            {
                "store": "policy-root",
                "private_key_present": False,
                **_AUTHORITY_VALUES,
            },
        ),
        facts={
            "certificates": (
                {
                    "store": "machine-personal",
                    "certificate": _hex(_LEAF),
                    "private_key": True,
                },
                {
                    "store": "machine-root",
                    "certificate": _hex(_ISRG),
                    "private_key": False,
                },
                {
                    "store": "policy-root",
                    "certificate": _hex(_AUTHORITY),
                    "private_key": False,
                },
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: what is no certificate is counted and left out.",
        rows=({"store": "machine-root", **_AUTHORITY_VALUES},),
        facts={
            "certificates": (
                {"store": "machine-root", "certificate": "3082010a"},
                {"store": "machine-root", "certificate": "\ufffd"},
                {"store": None, "certificate": None},
                {
                    "store": "machine-root",
                    "certificate": _hex(_AUTHORITY),
                    "private_key": "yes",
                },
            )
        },
    ),
    Example(System.WINDOWS, "Composed: stores without a certificate.", rows=()),
)

EXAMPLES = _LINUX + _WINDOWS
