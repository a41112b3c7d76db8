# SPDX-License-Identifier: Apache-2.0
r"""Catalogue of tokens that show by their prefix whose they are.

Rules: a line is `kind prefixes rest`: what a token begins with (one of several, with
commas) and the exact shape of what follows it; a line with @ names the vendor's own
documentation for the lines below it; a prefix that ends in > stays (the address of
a web hook). Lengths are the vendor's; where it promises none, they are open.
Not here: how tokens are found (`detectors/token_prefixes.py`).
"""

CATALOGUE = r"""
@ https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
aws-key AKIA,ASIA,ABIA,ACCA [A-Z0-9]{16}
aws-key A3T [A-Z0-9]{17}
aws-bedrock ABSK [A-Za-z0-9+/]{100,999}={0,2}
aws-bedrock-short bedrock-api-key- [A-Za-z0-9+/=_-]{20,999}
@ https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
aws-appsync da2- [a-z0-9]{26}
@ https://cloud.google.com/docs/authentication/api-keys
google-api AIza [\w-]{35}
google-oauth ya29. [\w-]{20,999}
google-refresh 1//0 [\w-]{24,999}
google-client GOCSPX- [\w-]{24,32}
google-hmac GOOG1E [A-Z0-9]{55}
google-hmac-user GOOG [A-Z0-9]{20}
google-auth AQ.Ab8R [\w-]{40,999}
@ https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair
alibaba-key LTAI [A-Za-z0-9]{12,26}
@ https://cloud.tencent.com/document/product/598/40488
tencent-key AKID [A-Za-z0-9]{32}
@ https://cloud.baidu.com/doc/Reference/s/9jwvz2egb
baidu-key bce-v3/ALTAK- [A-Za-z0-9]{21}/[a-f0-9]{40}
baidu-access ALTAK [A-Za-z0-9]{21}
@ https://www.volcengine.com/docs/6291/65568
volcengine-key AKLT [A-Za-z0-9+/=]{40,60}
@ https://yandex.cloud/en/docs/iam/concepts/authorization/
yandex-api AQVN [\w-]{35,38}
yandex-iam t1. [\w-]+={0,2}\.[\w-]{86}={0,2}
yandex-static YC [\w-]{38}
yandex-oauth y0_ [\w-]{30,70}
@ https://docs.digitalocean.com/reference/api/create-personal-access-token/
digitalocean dop_v1_,doo_v1_,dor_v1_ [a-f0-9]{64}
@ https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/
scaleway-key SCW [A-Z0-9]{17}
@ https://devcenter.heroku.com/articles/authentication
heroku-key HRKU-AA [\w-]{40,60}
heroku-key HRKU- [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}
@ https://fly.io/docs/security/tokens/
fly-token fo1_ [\w-]{43}
fly-macaroon fm1r_,fm1a_,fm2_ [A-Za-z0-9+/]{100,999}={0,3}
@ https://vercel.com/docs/rest-api
vercel-token vcp_,vca_,vci_,vck_,vcr_ [A-Za-z0-9]{24,60}
vercel-blob vercel_blob_rw_ [A-Za-z0-9]{16}_[A-Za-z0-9]{30}
@ https://docs.netlify.com/api/get-started/
netlify-token nfp_,nfc_,nfo_,nfu_ [A-Za-z0-9_]{36}
@ https://render.com/docs/api
render-key rnd_ [A-Za-z0-9]{28,32}
@ https://supabase.com/docs/guides/api/api-keys
supabase-token sbp_,sbp_v0_ [a-f0-9]{40}
supabase-secret sb_secret_ [\w-]{31,42}
@ https://neon.com/docs/manage/api-keys
neon-key napi_ [a-z0-9]{60,70}
@ https://planetscale.com/docs/concepts/service-tokens
planetscale pscale_tkn_,pscale_pw_,pscale_oauth_ [\w=.-]{32,64}
@ https://developers.cloudflare.com/fundamentals/api/get-started/keys/
cloudflare-token cfut_,cfat_,cfk_ [A-Za-z0-9]{40}[a-f0-9]{8}
cloudflare-origin v1.0- [a-f0-9]{24}-[a-f0-9]{146}
@ https://techdocs.akamai.com/developer/docs/edgegrid
akamai-client akab-,akac- [a-z0-9]{16}-[a-z0-9]{16}
@ https://docs.databricks.com/dev-tools/auth/pat.html
databricks-token dapi [a-f0-9]{32}(?:-[0-9])?
@ https://www.mongodb.com/docs/atlas/configure-api-access/
atlas-secret mdb_sa_sk_ [\w-]{40}
@ https://www.cockroachlabs.com/docs/cockroachcloud/managing-access
cockroach-key CCDB1_ [A-Za-z0-9]{22}_[A-Za-z0-9]{40}
@ https://aiven.io/docs/platform/concepts/authentication-tokens
aiven-password AVNS_ [\w-]{19}
aiven-token aivenv1 [A-Za-z0-9+/=]{100,999}
@ https://docs.github.com/authentication/keeping-your-account-and-data-secure
github-token ghp_,gho_,ghu_,ghs_,ghr_ [A-Za-z0-9]{36,255}
github-fine github_pat_ [A-Za-z0-9]{22}_[A-Za-z0-9]{59}|[A-Za-z0-9_]{36,255}
@ https://docs.gitlab.com/security/tokens/
gitlab-routable glpat-,gldt-,glrt-,glrtr- [\w-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9}
gitlab-token glpat-,gldt-,glft-,glsoat-,glffct-,glwt- [\w-]{20,50}
gitlab-runner glrt- (?:t[0-9]_)?[\w-]{20,50}
gitlab-runner glrtr- (?:t[0-9]_)?[\w-]{20,50}
gitlab-job glcbt- (?:[0-9a-zA-Z]{1,5}_)?[\w-]{20,50}
gitlab-job-jwt glcbt-> eyJ[\w-]+\.[\w-]+\.[\w-]+
gitlab-mail glimt- [\w-]{25}
gitlab-trigger glptt- [\w-]{40}
gitlab-agent glagent- [\w-]{50,1024}
gitlab-oauth gloas- [\w-]{64}
gitlab-session _gitlab_session=> [0-9a-z]{32}
gitlab-registration GR1348941 [\w-]{20,50}
@ https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/
bitbucket-password ATBB [A-Za-z0-9_=.-]{24,64}
atlassian-token ATATT3,ATCTT3,ATSTT3 [\w=.-]{60,400}
@ https://developer.atlassian.com/cloud/jira/platform/
jira-connect ATOA [\w=-]{60,999}
@ https://docs.gitea.com/development/oauth2-provider
gitea-oauth gto_ [A-Za-z0-9]{36,64}
@ https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token
sourcegraph sgp_ (?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}
sourcegraph slk_ [a-f0-9]{64}
@ https://circleci.com/docs/managing-api-tokens/
circleci CCIPAT_,CCIPRJ_ [A-Za-z0-9]{22}_[a-f0-9]{40}
@ https://buildkite.com/docs/apis/managing-api-tokens
buildkite bkua_,bkaj_,bkct_,bkat_ [A-Za-z0-9]{40,64}
@ https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key
octopus-key API- [A-Z0-9]{25,32}
@ https://developer.harness.io/docs/platform/automation/api
harness-token pat.,sat. [A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}
@ https://docs.prefect.io/v3/manage/cloud/manage-users/api-keys
prefect-key pnu_,pnb_ [A-Za-z0-9]{36}
@ https://www.pulumi.com/docs/administration/access-identity/access-tokens/
pulumi-token pul- [a-f0-9]{40}
@ https://www.infracost.io/docs/
infracost-key ico- [A-Za-z0-9]{32}
@ https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens
sonar-token squ_,sqp_,sqa_,sqb_ [a-f0-9]{40}
@ https://docs.snyk.io/snyk-api/authentication-for-api
snyk-token snyk_uat.,snyk_sat. [A-Za-z0-9._-]{30,999}
@ https://semgrep.dev/docs/
semgrep-token sgp_ci_ [A-Za-z0-9]{32,64}
@ https://www.jfrog.com/confluence/display/JFROG/Access+Tokens
jfrog-key AKCp [A-Za-z0-9]{69}
jfrog-reference cmVmd [A-Za-z0-9]{59}
@ https://docs.npmjs.com/about-access-tokens
npm-token npm_ [A-Za-z0-9]{36}
@ https://pypi.org/help/#apitoken
pypi-token pypi-AgEIcHlwaS5vcmc [\w-]{71,999}
pypi-test pypi-AgENdGVzdC5weXBpLm9yZw [\w-]{50,999}
@ https://guides.rubygems.org/api-key-scopes/
rubygems-key rubygems_ [a-f0-9]{48}
@ https://learn.microsoft.com/nuget/nuget-org/publish-a-package
nuget-key oy2 [a-z0-9]{43}
@ https://doc.rust-lang.org/cargo/reference/publishing.html
crates-token cio [A-Za-z0-9]{32}
@ https://github.com/clojars/clojars-web/wiki/Deploy-Tokens
clojars-token CLOJARS_ [A-Za-z0-9]{60}
@ https://docs.docker.com/security/access-tokens/
docker-token dckr_pat_,dckr_oat_ [\w-]{27,40}
@ https://docs.openshift.com/container-platform/latest/authentication
openshift-token sha256~ [\w-]{43}
@ https://docs.rancher.com/api/api-tokens
rancher-token token- [a-z0-9]{5}:[a-z0-9]{54}
@ https://developer.hashicorp.com/vault/docs/concepts/tokens
vault-token hvs.,hvb.,hvr. [\w-]{24,400}
vault-legacy s. (?=[A-Za-z]*[0-9])[A-Za-z0-9]{24}
@ https://developer.1password.com/docs/service-accounts/
onepassword-service ops_eyJ [A-Za-z0-9+/=_-]{200,999}
onepassword-key A3- [A-Z0-9]{6}-[A-Z0-9]{6}-?[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3}
@ https://docs.doppler.com/reference/auth-token-formats
doppler dp.pt.,dp.ct.,dp.sa.,dp.scim.,dp.audit.,dp.said. [A-Za-z0-9]{40,44}
doppler-service dp.st. (?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}
@ https://infisical.com/docs/documentation/platform/token
infisical st. [a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32}
@ https://tailscale.com/kb/1277/tailscale-api
tailscale-key tskey- [a-z]+-[A-Za-z0-9]+(?:-[A-Za-z0-9_]+)?
@ https://docs.netbird.io/how-to/access-netbird-public-api
netbird-token nbp_ [A-Za-z0-9]{36}
@ https://github.com/FiloSottile/age
age-key AGE-SECRET-KEY-1 [0-9A-Z]{58}|[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}
@ https://github.com/nostr-protocol/nips/blob/master/19.md
nostr-key nsec1 [a-z0-9]{58}
@ https://docs.slack.dev/authentication/tokens
slack-token xoxb-,xoxp-,xoxa-,xoxr-,xoxs-,xoxo-,xoxc-,xoxd-,xoxe- [\w%+/=-]{8,999}
slack-rotated xoxe.xoxb-,xoxe.xoxp- [\w-]{8,999}
slack-app xapp- [0-9]-[A-Z0-9]+-[0-9]+-[A-Za-z0-9]+
slack-hook hooks.slack.com/services/> [\w/\\+-]{20,999}
slack-hook hooks.slack.com/workflows/> [\w/\\+-]{20,999}
slack-hook hooks.slack.com/triggers/> [\w/\\+-]{20,999}
@ https://discord.com/developers/docs/resources/webhook
discord-hook discord.com/api/webhooks/> [0-9]{15,21}\\*/[\w-]{60,999}
discord-hook discordapp.com/api/webhooks/> [0-9]{15,21}\\*/[\w-]{60,999}
discord-mfa mfa. [\w-]{80,999}
@ https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors
teams-hook webhook.office.com/webhookb2/> [\w@/\\-]{60,999}
@ https://developers.google.com/workspace/chat/quickstart/webhooks
google-chat-hook chat.googleapis.com/v1/spaces/> [\w-]+/messages\?key=[\w&=%-]{20,999}
@ https://help.zapier.com/hc/articles/8496288690317
zapier-hook hooks.zapier.com/hooks/catch/> [0-9]+/[\w/]{4,999}
@ https://help.ifttt.com/hc/articles/115010230347
ifttt-hook maker.ifttt.com/trigger/> [\w-]+/(?:json/)?with/key/[\w-]{20,999}
@ https://spec.matrix.org/latest/client-server-api/
matrix-token syt_ [A-Za-z0-9+/=]+_[A-Za-z0-9]{20}_[A-Za-z0-9]{6}
matrix-token mat_,mct_ [A-Za-z0-9]{30}_[A-Za-z0-9]{6}
@ https://docs.stripe.com/keys
stripe-key sk_live_,sk_test_,sk_prod_,rk_live_,rk_test_,rk_prod_ [A-Za-z0-9]{10,250}
stripe-hook whsec_ [A-Za-z0-9+/=]{24,999}
@ https://developer.squareup.com/docs/build-basics/access-tokens
square-token sq0atp-,sq0csp-,sq0idp-,sq0acp- [\w-]{22,60}
square-token EAAA [\w-]{60}
@ https://developers.facebook.com/docs/facebook-login/guides/access-tokens
facebook-token EAA [A-Za-z0-9]{80,999}
instagram-token IGQV [\w-]{100,999}
@ https://developer.paypal.com/braintree/docs/guides/authorization/access-token
braintree access_token$production$,access_token$sandbox$ [a-z0-9]{16}\$[a-f0-9]{32}
@ https://razorpay.com/docs/api/authentication/
razorpay-key rzp_live_,rzp_test_ [A-Za-z0-9]{14,24}
@ https://plaid.com/docs/api/tokens/
plaid-token access-sandbox-,access-development-,access-production- [0-9a-f-]{36}
@ https://developer.flutterwave.com/docs/authentication
flutterwave FLWSECK_TEST-,FLWPUBK_TEST-,FLWSECK-,FLWPUBK- [A-Za-z0-9]{12,40}(?:-X)?
@ https://duffel.com/docs/api/overview/making-requests
duffel-token duffel_live_,duffel_test_ [\w=-]{43}
@ https://docs.easypost.com/docs/authentication
easypost-key EZAK,EZTK [A-Za-z0-9]{54}
@ https://docs.goshippo.com/docs/api_concepts/authentication
shippo-token shippo_live_,shippo_test_ [a-fA-F0-9]{40}
@ https://www.mercadopago.com/developers/en/docs
mercadopago APP_USR- [0-9]{10,20}-[0-9]{6}-[a-f0-9]{32}-[0-9]{5,12}
@ https://docs.adyen.com/development-resources/api-credentials/
adyen-key AQE [A-Za-z0-9+/=.-]{80,999}
@ https://developer.frame.io/docs/getting-started/authentication
frameio fio-u- [\w=-]{64}
@ https://developer.gocardless.com/api-reference/
gocardless live_ [\w=-]{40}
@ https://shopify.dev/docs/apps/build/authentication-authorization
shopify shpat_,shpca_,shppa_,shpss_,shpua_ [a-fA-F0-9]{32}
@ https://woocommerce.github.io/woocommerce-rest-api-docs/
woocommerce-key ck_,cs_ [a-f0-9]{40}
@ https://www.twilio.com/docs/iam/api-keys
@ https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
sendgrid-key SG. (?:[\w-]{22}\.[\w-]{43}|(?!.*\.\.)[\w=.-]{66})
@ https://documentation.mailgun.com/docs/mailgun/user-manual/api-key-mgmt/api-key-mgmt
mailgun-key key- [a-f0-9]{32}
mailgun-public pubkey- [a-f0-9]{32}
@ https://mailchimp.com/developer/transactional/docs/fundamentals/
mandrill-key md- [\w-]{22}
@ https://developers.brevo.com/docs/getting-started
brevo-key xkeysib-,xsmtpsib- [a-f0-9]{64}-[A-Za-z0-9]{16}
@ https://resend.com/docs/api-reference/introduction
resend-key re_ [A-Za-z0-9]{8}_[A-Za-z0-9]{24}
@ https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
newrelic-key NRAK- [A-Z0-9]{27}
newrelic-key NRII-,NRAL-,NRAA-,NRRA-,NRIQ- [\w-]{27,40}
newrelic-browser NRJS- [a-f0-9]{19}
@ https://docs.dynatrace.com/docs/manage/identity-access-management
dynatrace dt0c01.,dt0s01.,dt0s02.,dt0s08.,dt0s16. [A-Z0-9-]{8,24}\.[A-Za-z0-9]{64}
@ https://docs.sentry.io/account/auth-tokens/
sentry-org sntrys_ eyJ[A-Za-z0-9+/=_-]{60,999}
sentry-user sntryu_,sntrya_,sntryi_ [a-f0-9]{64}
@ https://grafana.com/docs/grafana/latest/administration/service-accounts/
grafana-account glsa_ [A-Za-z0-9]{32}_[A-Fa-f0-9]{8}
grafana-cloud glc_ [A-Za-z0-9+/]{32,400}={0,3}
grafana-legacy eyJrIjoi [A-Za-z0-9+/_-]{60,400}={0,3}
@ https://docs.honeycomb.io/configure/environments/manage-api-keys/
honeycomb hcaik_,hcxik_,hcbik_,hcalk_,hcamk_,hclik_ [a-z0-9]{58}
@ https://posthog.com/docs/api
posthog-key phc_,phx_,phs_ [A-Za-z0-9_]{32,50}
@ https://docs.axiom.co/reference/tokens
axiom-token xaat-,xapt- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}
@ https://logfire.pydantic.dev/docs/how-to-guides/create-write-tokens/
logfire-token pylf_v1_ [a-z]{2}_[A-Za-z0-9]{40,50}
@ https://developer.pagerduty.com/docs/authentication
pagerduty-key u+ [\w-]{18}
@ https://platform.openai.com/docs/api-reference/authentication
openai sk- [A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48}|[a-f0-9]{32,64}
openai sk-proj-,sk-svcacct-,sk-admin-,sk-None- [\w-]{20,80}T3BlbkFJ[\w-]{20,80}
@ https://docs.anthropic.com/en/api/overview
anthropic-key sk-ant- [a-z]{3,8}[0-9]{2}-[\w-]{80,120}
@ https://openrouter.ai/docs/api-reference/authentication
openrouter-key sk-or-v1- [a-f0-9]{64}
@ https://langfuse.com/docs/api
langfuse-key sk-lf- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}
@ https://elevenlabs.io/docs/api-reference/authentication
elevenlabs-key sk_ [a-f0-9]{48}
@ https://huggingface.co/docs/hub/security-tokens
huggingface hf_ [A-Za-z0-9]{34,40}
huggingface api_org_ [A-Za-z0-9]{34}
@ https://replicate.com/docs/topics/security/api-tokens
replicate-token r8_ [A-Za-z0-9]{37,40}
@ https://console.groq.com/docs/quickstart
groq-key gsk_ [A-Za-z0-9]{48,56}
@ https://docs.x.ai/docs
xai-key xai- [A-Za-z0-9]{70,90}
@ https://docs.perplexity.ai/
perplexity-key pplx- [A-Za-z0-9]{48,56}
@ https://docs.fireworks.ai/api-reference/introduction
fireworks-key fw_ [A-Za-z0-9]{22,24}
@ https://docs.pinecone.io/guides/projects/manage-api-keys
pinecone-key pcsk_ [A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}
@ https://docs.smith.langchain.com/administration/how_to_guides
langsmith lsv2_pt_,lsv2_sk_ [a-f0-9]{32}_[a-f0-9]{10}
@ https://docs.tavily.com/documentation/api-reference/introduction
tavily-key tvly- (?:dev-|prod-)?[\w-]{28,40}
@ https://docs.firecrawl.dev/introduction
firecrawl-key fc- [a-f0-9]{32}
@ https://docs.voyageai.com/docs/api-key-and-installation
voyage-key pa- [\w-]{43}
@ https://build.nvidia.com/
nvidia-key nvapi- [\w-]{64}
@ https://docs.wandb.ai/guides/hosting/
wandb-key wandb_v1_ [A-Za-z0-9_]{60,90}
@ https://jina.ai/api-dashboard/
jina-key jina_ [A-Za-z0-9_-]{50,64}
@ https://cloud.cerebras.ai/
cerebras-key csk- [a-z0-9]{48}
@ https://friendli.ai/docs
friendli-token flp_ [A-Za-z0-9]{40,60}
@ https://airtable.com/developers/web/api/authentication
airtable-key key (?=[a-zA-Z]*[0-9])[A-Za-z0-9]{14}
@ https://developers.notion.com/docs/authorization
notion-token ntn_ [0-9]{11}[A-Za-z0-9]{35}
notion-secret secret_ [A-Za-z0-9]{43}
@ https://linear.app/developers/graphql
linear-key lin_api_,lin_oauth_ [A-Za-z0-9]{40,64}
@ https://developer.clickup.com/docs/authentication
clickup-token pk_ [0-9]{5,10}_[A-Z0-9]{32}
@ https://www.figma.com/developers/api
figma-token figd_,figo_,figu_,figoh_,figor_ [\w-]{38,46}
@ https://www.contentful.com/developers/docs/references/authentication/
contentful-token CFPAT- [\w-]{43}
@ https://developers.hubspot.com/docs/guides/apps/private-apps/overview
hubspot-token pat-na1-,pat-na2-,pat-eu1-,pat-ap1- [0-9a-f-]{36}
@ https://learning.postman.com/docs/developer/postman-api/authentication/
postman-key PMAK- [a-fA-F0-9]{24}-[a-fA-F0-9]{34}
@ https://docs.readme.com/main/reference
readme-key rdme_ [a-z0-9]{70}
@ https://www.typeform.com/developers/get-started/personal-access-token/
typeform-token tfp_ [\w.=-]{40,60}
@ https://developers.scalingo.com/
scalingo-token tk-us- [\w-]{48}
@ https://www.dropbox.com/developers/reference/oauth-guide
dropbox-token sl. [\w=-]{100,999}
dropbox-token sl.u. [\w=-]{100,999}
@ https://docs.intra42.fr/
intra42-secret s-s4t2ud-,s-s4t2af- [a-f0-9]{64}
@ https://beamer.com/docs
beamer-token b_ [a-z0-9=_-]{44}
@ https://developers.lob.com/
lob-key live_,test_,live_pub_,test_pub_ [a-f0-9]{31,35}
@ https://settlemint.com/docs
settlemint-token sm_aat_,sm_pat_,sm_sat_ [A-Za-z0-9]{16}
@ https://docs.mapbox.com/api/accounts/tokens/
mapbox-token pk.eyJ,sk.eyJ,tk.eyJ [\w-]{20,999}\.[\w-]{22}
@ https://developer.adobe.com/developer-console/docs/guides/authentication/
adobe-secret p8e- [A-Za-z0-9]{32}
@ https://learn.adafruit.com/adafruit-io/api-key
adafruit-key aio_ [A-Za-z0-9]{28}
@ https://docs.ubidots.com/v1.6/reference/authentication
ubidots-token BBFF-,BBUS- [A-Za-z0-9]{30,40}
@ https://docs.defined.net/
defined-token dnkey- [\w=-]{26}-[\w=-]{52}
@ https://docs.launchdarkly.com/home/account/api
launchdarkly-key sdk-,mob-,api- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}
@ https://docs.statsig.com/
statsig-key secret- [A-Za-z0-9]{40,50}
@ https://stytch.com/docs/api
stytch-secret secret-live-,secret-test- [\w=-]{36}
@ https://ngrok.com/docs/api/
ngrok-key ngrok_,cr_ [A-Za-z0-9]{27}_?[A-Za-z0-9]{0,21}
@ https://trigger.dev/docs/apikeys
trigger-key tr_dev_,tr_prod_,tr_pat_ [A-Za-z0-9]{20,40}
@ https://docs.polar.sh/
polar-token polar_oat_,polar_pat_,polar_at_u_ [A-Za-z0-9_-]{30,50}
"""

SHAPES = r"""
@ https://discord.com/developers/docs/reference
discord-token . [MNO][\w-]+\.[\w-]+\.[\w-]+ [MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}
@ https://core.telegram.org/bots/api
telegram-token :A (?:bot)?[0-9]+:A[\w-]+ [0-9]{8,10}:A[\w-]{34}
@ https://mailchimp.com/developer/marketing/docs/fundamentals/
mailchimp-key -us [0-9a-f]+-us[0-9]+ [0-9a-f]{32}-us[0-9]{1,2}
@ https://www.twilio.com/docs/iam/api-keys
twilio-key SK SK[0-9a-fx]{8}[0-9a-fx]* SK[0-9a-fx]{32}
twilio-account AC AC[0-9a-fx]{8}[0-9a-fx]* AC[0-9a-fx]{32}
@ https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret
azure-client Q~ [A-Za-z0-9_.~-]+Q~[\w.~-]+ [\w.~-]{3}[0-9]Q~[\w.~-]{31,34}
@ https://learn.microsoft.com/purview/sit-defn-azure-devops-personal-access-token
azure-devops AZDO [A-Za-z0-9]+AZDO[A-Za-z0-9]+ [A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}
@ https://learn.microsoft.com/purview/sit-defn-azure-storage-account-key
azure-key JQQJ9 [A-Za-z0-9]+JQQJ9[A-Za-z0-9]+ [A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{27}
azure-storage +ASt [\w+/]+\+ASt[\w+/]+=* [A-Za-z0-9+/]{76}\+ASt[\w+/]{6}==
azure-search AzSe [A-Za-z0-9]+AzSe[A-Za-z0-9]+ [A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}
@ https://developer.hashicorp.com/terraform/cloud-docs
tfe-token .atlasv1. [\w]+\.atlasv1\.[\w=-]+ [A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}
@ https://airtable.com/developers/web/api/authentication
airtable-token pat pat[\w]+\.[a-f0-9]{8}[a-f0-9]* pat[A-Za-z0-9]{14}\.[a-f0-9]{64}
@ https://developers.facebook.com/docs/facebook-login/guides/access-tokens
facebook-app | [0-9]+\|[\w-]+ [0-9]{15,16}\|[\w-]{27,40}
facebook-app %7C [0-9]+%7C[\w-]+ [0-9]{15,16}%7C[\w-]{27,40}
@ https://dev.maxmind.com/geoip/
maxmind-key _mmk [A-Za-z0-9]+_[A-Za-z0-9]+_mmk [A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk
@ https://firebase.google.com/docs/cloud-messaging
firebase-key :APA91b [\w-]+:APA91b[\w-]+ [\w-]{11,22}:APA91b[\w-]{130,140}
@ https://firebase.google.com/docs/cloud-messaging/auth-server
firebase-server AAAA AAAA[\w-]+:[\w-]+ AAAA[\w-]{7}:[\w-]{140}
"""
"""Shapes without a prefix: kind, a literal within, the RE2 pattern, the exact shape."""
