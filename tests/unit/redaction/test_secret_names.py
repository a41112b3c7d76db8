# SPDX-License-Identifier: Apache-2.0
"""What names ask of the values beside them.

Rules: one name a line, in the spelling of some configuration or log.
Not here: the values (`test_secret_values.py`).
"""

import pytest

from agent.redaction.secret_names import demand_of, may_be_uuid
from agent.redaction.secret_values import Demand


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("password", Demand.ANY),
        ("DB_PASSWORD", Demand.ANY),
        ("spring.datasource.password", Demand.ANY),
        ("dbPassword1", Demand.ANY),
        ("clientSecret", Demand.ANY),
        ("wpa_psk", Demand.ANY),
        ("password_hash", Demand.ANY),
        ("token", Demand.TOKEN),
        ("GITHUB_TOKEN", Demand.TOKEN),
        ("x-api-key", Demand.TOKEN),
        ("APIKey", Demand.TOKEN),
        ("AccountKey", Demand.TOKEN),
        ("datadog_key", Demand.TOKEN),
        ("key", Demand.RANDOM),
        ("datadog", Demand.RANDOM),
        ("asana_client_id", Demand.RANDOM),
        ("asana_client_id_2", Demand.RANDOM),
        ("cache_api_key", Demand.TOKEN),
        ("auth", Demand.RANDOM),
        ("jwt", Demand.RANDOM),
        ("bearer", Demand.RANDOM),
        ("Authorization", Demand.RANDOM),
        ("asana_oauth_client_id", Demand.RANDOM),
    ],
)
def test_names_of_secrets(name: str, expected: Demand) -> None:
    """A secret's name is known in every spelling."""
    assert demand_of(name) is expected


@pytest.mark.parametrize(
    "name",
    [
        "password_length",
        "PasswordLastSet",
        "passwordFile",
        "token_type",
        "token_expires_in",
        "api_key_id",
        "PublicKeyToken",
        "public_key",
        "primary_key",
        "cache_key",
        "max_tokens",
        "csrf_token",
        "issuerKeyHash",
        "monkey",
        "keyboard",
        "compass",
        "secretary",
        "client_id",
        "csrftoken",
        "xsrftoken",
        "publickeytoken",
        "datadog_log_file",
        "token_client_id",
        "splunk_index_client_id",
        "user",
        "",
    ],
)
def test_names_that_only_tell_about_a_secret(name: str) -> None:
    """A length, a date, a file or a public key is no secret."""
    assert demand_of(name) is None


def test_uuids_are_secrets_of_some_names_only() -> None:
    """A UUID is a key of some services, and otherwise a number of a thing."""
    assert may_be_uuid("HEROKU_API_KEY")
    assert may_be_uuid("client_secret")
    assert not may_be_uuid("token")
    assert not may_be_uuid("session_key")
