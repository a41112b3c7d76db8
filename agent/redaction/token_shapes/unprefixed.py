# SPDX-License-Identifier: Apache-2.0
r"""Tokens of tokens without a prefix.

Rules: the form of a line stands in `catalogue.py`; the widest come last, for the first
that matches hides what others would.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

SHAPES = r"""
@ https://airtable.com/developers/web/api/oauth-reference
airtable-oauth .v1. [A-Za-z0-9]+\.v1\.[\w-]+\.[a-f0-9]+ [A-Za-z0-9]{17}\.v1\.[\w-]{40,400}\.[a-f0-9]{64} th:airtableoauth
@ https://core.telegram.org/bots/api
telegram-token :A (?:bot)?[0-9]+:A[\w-]+ [0-9]{5,16}:A[\w-]{34} gl:telegram-bot-api-token
telegram-token :A (?:bot)?[0-9]+:A[\w-]+ [0-9]{8,10}:AA[\w-]{32,33} np:telegram
@ https://mailchimp.com/developer/marketing/docs/fundamentals/
mailchimp-key -us [0-9a-f]+-us[0-9]+ [0-9a-f]{32}-us[0-9]{1,2} th:mailchimp
@ https://www.twilio.com/docs/iam/api-keys
twilio-key SK SK[0-9a-fx]{8}[0-9a-fx]* SK[0-9a-fx]{32} th:twilioapikey
twilio-account AC AC[0-9a-fx]{8}[0-9a-fx]* AC[0-9a-fx]{32} th:twilio
@ https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret
azure-client Q~ [A-Za-z0-9_.~-]+Q~[\w.~-]+ [\w.~-]{3}[0-9]Q~[\w.~-]{31,34} th:azure_entra/serviceprincipal/v2
@ https://learn.microsoft.com/purview/sit-defn-azure-devops-personal-access-token
azure-devops AZDO [A-Za-z0-9]+AZDO[A-Za-z0-9]+ [A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4} np:azure
@ https://learn.microsoft.com/purview/sit-defn-azure-storage-account-access-key
azure-key JQQJ9 [A-Za-z0-9]+JQQJ9[A-Za-z0-9]+ [A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{27} rs:audits/evidence/1014/README
azure-storage +ASt [\w+/]+\+ASt[\w+/]+=* [A-Za-z0-9+/]{76}\+ASt[\w+/]{6}== rs:audits/evidence/1014/README
azure-registry +ACR [\w+/]+\+ACR[\w+/]+ [A-Za-z0-9+/]{42}\+ACR[a-zA-Z0-9]{6} th:azurecontainerregistry
azure-search AzSe [A-Za-z0-9]+AzSe[A-Za-z0-9]+ [A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5} code
@ https://developer.hashicorp.com/terraform/cloud-docs
tfe-token .atlasv1. [\w]+\.atlasv1\.[\w=-]+ [A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70} gl:hashicorp-tf-api-token
@ https://airtable.com/developers/web/api/authentication
airtable-token pat pat[\w]+\.[a-f0-9]{8}[a-f0-9]* pat[A-Za-z0-9]{14}\.[a-f0-9]{62,66} th:airtablepersonalaccesstoken
@ https://developers.facebook.com/docs/facebook-login/guides/access-tokens
facebook-app | [0-9]+\|[\w-]+ [0-9]{15,16}\|[\w-]{27,40} gl:facebook-access-token
facebook-app %7C [0-9]+%7C[\w-]+ [0-9]{15,16}%7C[\w-]{27,40} gl:facebook-access-token
@ https://dev.maxmind.com/geoip/
maxmind-key _mmk [A-Za-z0-9]+_[A-Za-z0-9]+_mmk [A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk th:maxmindlicense/v2
@ https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
newrelic-licence NRAL [\w]+NRAL (?:[0-9a-f]{32}|[0-9a-f]{6}[0-9a-fA-FxX]{26,30}|eu01xx[0-9a-f]{26})(?:FFFF)?NRAL th:newreliclicensekey
newrelic-mobile -NRMA [\w]+-NRMA (?:AA[0-9a-f]{40}|eu01xx[0-9a-f]{36})-NRMA th:newrelicmobileapptoken
@ https://www.dropbox.com/developers/reference/oauth-guide
dropbox-long AAAAAAAAAA [A-Za-z0-9]+AAAAAAAAAA[\w=-]+ [A-Za-z0-9]{11}AAAAAAAAAA[\w=-]{43} gl:dropbox-long-lived-api-token
@ https://firebase.google.com/docs/cloud-messaging
firebase-key :APA91b [\w-]+:APA91b[\w-]+ [\w-]{11,22}:APA91b[\w-]{130,140} code
@ https://firebase.google.com/docs/cloud-messaging/auth-server
firebase-server AAAA AAAA[\w-]+:[\w-]+ AAAA[\w-]{7}:[\w-]{140} code
@ https://bitwarden.com/help/access-tokens/
bitwarden-token == 0\.[0-9a-f]{8}-[0-9a-f-]+\.[A-Za-z0-9]+:[\w+/]+== 0\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[A-Za-z0-9]{30}:[A-Za-z0-9+/]{22}== rs:audits/evidence/1014/bitwarden
@ https://discord.com/developers/docs/reference
discord-token . [MNO][\w-]+\.[\w-]+\.[\w-]+ [MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38} code
@ https://itsdangerous.palletsprojects.com/en/stable/timed/
signed-cookie . (?:eyJ|\.?eJ)[\w-]+\.[\w-]{6}\.[\w-]{27}[\w-]* (?:eyJ|\.?eJ)[\w-]{10,4000}\.[\w-]{6}\.[\w-]{27} code
"""
