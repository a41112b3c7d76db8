# SPDX-License-Identifier: Apache-2.0
"""Names that secrets go by, and names that only tell about a secret.

Rules: a name is cut into its words, by case and signs; words after the telling one
may say that the value is a length, a date or a file instead.
Not here: what a value must look like (`secret_values.py`).
"""

import re
from functools import lru_cache

from agent.redaction.secret_values import Demand

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PASSWORD_ENDS = (
    *("password", "passwd", "passwort", "passphrase", "passcode", "pwd", "pswd"),
    *("passw", "pword", "psk", "kennwort", "motdepasse", "contrasena", "wachtwoord"),
    *("parola", "heslo", "salasana", "jelszo", "haslo", "secret"),
    *("passwords", "passphrases", "passcodes"),
)
_PASSWORDS_TEXT = """
pass passe pw psk community
contrase mdp senha otp totp userpass dbpass rootpass adminpass sshpass
keypass storepass ftppass mypass rootpw userpw adminpw authpass
"""
_PASSWORDS = frozenset(_PASSWORDS_TEXT.split())
_SECRETS = frozenset({"secrets", "secretkey", "secretaccesskey", "secretid"})
_OPEN = ("public", "csrf", "xsrf")
_ALWAYS_OPEN = frozenset({"public", "pub", "csrf", "xsrf"})
_ABOUT_TEXT = """
length len count policy policies age expir expire expires expired expiry expiration
lifetime type types name names file files filename path paths url urls uri endpoint
endpoints enabled disabled required changed change set hint min max minimum maximum
size format limit limits id ids lastset last provider store strength attempt attempts
retry retries uses method methods dir directory reset manager mgr mode version status
state error errors failure failures date time timestamp timeout ttl at field label
header prefix suffix source schema class kind info usage ref reference arn alias
algorithm alg ring chain board word words index table column history rotation
complexity location fingerprint thumbprint elevation server service handler parser
filter validator callback bucket rate mgmt management generation exchange agreement
cache pair agent sentry issuer audience scope scopes plugin module backend prompt
request requests response validity created updated modified issued used verification
check checks checker removed encryption protection derivation usages
"""
_ABOUT = frozenset(_ABOUT_TEXT.split())
_ABOUT_KEYS = _ABOUT | frozenset(
    {"hash", "digest", "checksum", "sha", "handle", "spec", "slot", "grip", "press"}
    | {"event", "frame", "stone", "signature", "vault", "space", "binding", "shortcut"}
)
"""What else is told about keys; of a password, a hash is a secret too."""
_VENDOR_IDS = (["client", "id"], ["access", "id"], ["consumer", "key"])
"""Halves of a pair that services give out together."""
_OPEN_TEXT = """
gpg pgp public pub primary foreign partition sort cache caching routing registry reg row
bucket object natural surrogate composite unique dedup idempotency hot shortcut group
map range lookup message msg translation locale resource json yaml dict column field
sequence schema parent child left right up down arrow enter escape delete function
ctrl alt feature flag metric tag event host known authorized continuation page next
lock cancellation cancel parse syntax unexpected max min num number total prompt
completion input output token tokens usage count csrf xsrf antiforgery site trap sync
commit digest sha md etag checksum index
"""
_NOT_SECRET = frozenset(_OPEN_TEXT.split())
"""Words that make a key or a token a public one."""
_KEYED_TEXT = """
api apikey access auth authentication authorization secret private account shared
master encryption encrypt signing sign storage subscription service license app
application client consumer security crypto aes hmac session wep wpa network admin
server write read ingest ingestion integration deploy deployment rest project user
symmetric data functions function webhook server bot web live prod test stripe
"""
_KEYED = frozenset(_KEYED_TEXT.split())
"""Words that make a key a secret one."""
_JOINED = (*(f"{word}key" for word in sorted(_KEYED)), "apikeys", "secretkeys")
_TOKENS = ("token", "tokens", "apikey", "credential", "credentials", "creds", *_JOINED)
VENDORS = """
ably abuseipdb adafruit adobe adyen aftership airtable algolia alibaba aliyun
amplitude anthropic artifactory asana atlassian authress aws azure beamer binance
bitbucket bitfinex bitly bitmex bittrex braintree bugsnag buildkite bybit censys
chargebee checkly circleci cisco clearbit clickhouse clicksend clickup clojars
cloudflare cloudinary codecov cohere coinbase coingecko confluence confluent
contentful cryptocompare databricks datadog deepgram deepseek digitalocean discord
docker dockerhub doppler droneci dropbox duffel dynatrace easypost etherscan etsy
facebook fastly figma finicity finnhub flickr flutterwave frameio freemius freshbooks
freshdesk fullstory gcp geoapify gitea github gitlab gitter gocardless google gotify
grafana greynoise gumroad hashicorp heroku hetzner honeycomb hotjar hubspot
huggingface ibm imgix infracost infura instagram intercom ipgeolocation ipinfo ipstack
jenkins jfrog jira klarna kraken kubernetes kucoin lalamove langsmith launchdarkly
lemonsqueezy linkedin linode locationiq looker mailchimp mailgun mailjet mapbox matomo
mattermost maxmind meraki messagebird mistral mixpanel moralis netlify newrelic notion
npm ntfy nuget nytimes octopus okta okx onepassword onesignal openai openweathermap
opsgenie pagerduty paypal paystack perplexity pingdom plaid planetscale plausible
plivo postman postmark prefect printful printify pubnub pulumi pushbullet pusher
pushover pypi quicknode rapidapi razorpay recurly revolut rollbar rubygems scaleway
scalingo sendbird sendgrid sendinblue sentry settlemint shippo shipstation shodan
shopify sidekiq signalwire sinch slack snyk sonar sonarqube sourcegraph splunk spotify
squarespace statuspage stripe sumologic supabase tailscale tatum tawk telegram telnyx
terraform textmagic tomtom travis trello twilio twitch twitter typeform uptimerobot
urlscan vault vercel virustotal vonage vultr wakatime weatherapi weatherstack
woocommerce worldpay yandex zapier zendesk zoho zoom zoominfo
"""
"""Services whose name alone stands beside their keys."""
_VENDOR_WORDS = frozenset(VENDORS.split())
_SECRET_BEFORE = _KEYED | _VENDOR_WORDS
_UUID_VENDORS = frozenset(
    {"heroku", "snyk", "sendbird", "postmark", "sonar", "npm", "plaid", "launchdarkly"}
)
"""Services whose keys are UUIDs."""


@lru_cache(maxsize=4096)
def demand_of(name: str) -> Demand | None:
    """Return what a value must look like to be the secret of that name.

    Args:
        name: the name as it stands in the text, with a word before it or none.

    Returns:
        None where the name only tells about a secret.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    best: Demand | None = None
    for at, word in enumerate(words):
        found = _of_word(word, words[:at])
        if found is None:
            continue
        later = words[at + 1 :]
        if word in _VENDOR_WORDS and later[-2:] in _VENDOR_IDS:
            later = later[:-2]
        about = _ABOUT if found is Demand.ANY else _ABOUT_KEYS
        if not about.isdisjoint(later):
            return None
        best = found if best is None else min(best, found)
    return best


def _of_word(word: str, earlier: list[str]) -> Demand | None:
    """Return what one word of a name asks for, given the words before it."""
    found: Demand | None = None
    if word in _PASSWORDS or word in _SECRETS or word.endswith(_PASSWORD_ENDS):
        found = Demand.ANY
    elif word in _VENDOR_WORDS:
        found = Demand.RANDOM
    elif word.startswith(_OPEN) or not (
        _NOT_SECRET.isdisjoint(earlier[-1:]) and _ALWAYS_OPEN.isdisjoint(earlier)
    ):
        found = None
    elif word.endswith(_TOKENS):
        found = Demand.TOKEN
    elif word in {"key", "keys"}:
        found = Demand.RANDOM if _SECRET_BEFORE.isdisjoint(earlier) else Demand.TOKEN
    elif word in {"auth", "jwt", "bearer", "authorization", "sessionid"}:
        found = Demand.RANDOM
    return found


@lru_cache(maxsize=4096)
def may_be_uuid(name: str) -> bool:
    """Tell whether a UUID beside that name is a secret and not a public number."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return any(
        word in _UUID_VENDORS
        or word.startswith(("auth", "secret", "pass", "api", "access", "credential"))
        for word in words
    )
