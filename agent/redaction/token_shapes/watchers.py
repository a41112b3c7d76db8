# SPDX-License-Identifier: Apache-2.0
r"""Tokens of what watches systems.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
newrelic-key NRAK-,nrak- [A-Za-z0-9]{27} np:newrelic
newrelic-key NRII-,NRIQ-,nrii-,nriq- [\w-]{25,40} np:newrelic
newrelic-key NRAA-,nraa-,nrra- [a-fA-F0-9]{27,42} np:newrelic
newrelic-key NRRA- [a-fA-F0-9]{27,42} ?
newrelic-key NRAL- [\w-]{27,40} ?
newrelic-browser NRJS- [a-f0-9]{19} gl:new-relic-browser-api-token
newrelic-browser NRBR- [a-f0-9]{19} th:newrelicbrowserkey
newrelic-pixie px-api-,px-dep- [a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12} np:newrelic
@ https://docs.datadoghq.com/account_management/api-app-keys/
datadog-key ddapp_ [A-Za-z0-9]{34} code
datadog-intake datadoghq.com/v1/input/> [0-9a-f]{32} code
datadog-intake datadoghq.eu/v1/input/> [0-9a-f]{32} code
@ https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/
sumo-collector sumologic.com/receiver/v1/http/> [\w-]{40,400}={0,2} code
@ https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication
dynatrace dt0 [a-z][0-9]{2}\.[A-Za-z0-9-]{8,24}\.[A-Za-z0-9]{64} np:dynatrace
@ https://docs.sentry.io/account/auth-tokens/
sentry-org sntrys_ eyJ[A-Za-z0-9+/=_-]{60,999} th:sentryorgtoken
sentry-user sntryu_ [a-f0-9]{64} th:sentrytoken/v2
sentry-user sntrya_,sntryi_ [a-f0-9]{64} code
@ https://grafana.com/docs/grafana/latest/administration/service-accounts/
grafana-account glsa_ [A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|[0-9a-zA-Z_]{41} th:grafanaserviceaccount
grafana-cloud glc_ [A-Za-z0-9+/=]{32,400} gl:grafana-cloud-api-token
grafana-legacy eyJrIjoi [A-Za-z0-9+/_-]{40,400}={0,3} th:auth0managementapitoken
@ https://docs.honeycomb.io/configure/environments/manage-api-keys/
honeycomb hcaik_,hcxik_,hcbik_,hcalk_,hcamk_,hclik_ [a-z0-9]{58} rs:audits/evidence/1014/honeycomb
honeycomb hcaic_ [a-z0-9]{58} rs:audits/evidence/1014/honeycomb
@ https://posthog.com/docs/api
posthog-key phc_ [\w-]{32,50} bl:posthog-project-api-key
posthog-key phx_ [\w-]{32,50} th:posthog
posthog-key phs_ [\w-]{32,50} rs:reference/detection
@ https://segment.com/docs/api/public-api/
segment-token sgp_ [a-zA-Z0-9]{64} np:segment
@ https://axiom.co/docs/reference/tokens
axiom-token xaat-,xapt- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} rs:audits/evidence/1014/axiom
@ https://logfire.pydantic.dev/docs/how-to-guides/create-write-tokens/
logfire-token pylf_v1_,pylf_v2_ [a-z]{2,16}_[\w-]{20,90} rs:audits/evidence/1014/pydantic-logfire
@ https://www.elastic.co/docs/deploy-manage/api-keys
elastic-key essu_ [\w-]{60,200}={0,2} bl:elastic-cloud-api-key
@ https://developer.pagerduty.com/docs/authentication
pagerduty-key u+ [\w+-]{18} th:pagerdutyapikey
@ https://rootly.com/docs
rootly-token rootly_ [a-f0-9]{64} th:rootly
@ https://docs.launchdarkly.com/home/account/api
launchdarkly-key sdk-,api- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-z]{8}-[0-9a-z]{4}-4[0-9a-z]{3}-[0-9a-z]{4}-[0-9a-z]{12} th:launchdarkly
launchdarkly-key mob- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} rs:audits/evidence/1014/README
@ https://configcat.com/docs/
configcat-key configcat-sdk-1/ [\w-]{22}/[\w-]{22} bl:configcat-sdk-key-extended
@ https://docs.statsig.com/
statsig-key secret- [A-Za-z0-9]{40,50} ?
@ https://help.fullstory.com/
fullstory-key na1.,eu1. [A-Za-z0-9+/]{100} th:fullstory/v2
@ https://docs.nightfall.ai/
nightfall-key NF- [a-zA-Z0-9]{32} th:nightfall
@ https://docs.trufflesecurity.com/
trufflehog-key thog-key- [0-9a-f]{16} th:trufflehogenterprise
trufflehog-secret thog-secret- [0-9a-f]{32} th:trufflehogenterprise
@ https://learning.postman.com/docs/developer/postman-api/authentication/
postman-key PMAK- [a-zA-Z0-9]{24}-[a-zA-Z0-9]{34} np:postman
postman-key PMAT- [A-Z0-9]{26} rs:reference/detection
"""
