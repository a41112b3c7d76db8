# SPDX-License-Identifier: Apache-2.0
r"""Tokens of clouds, their data bases and the ways to them.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
aws-key AKIA,ASIA,ABIA,ACCA [A-Z0-9]{16} gl:aws-access-token
aws-key A3T [A-Z0-9]{17} gl:aws-access-token
@ https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
aws-bedrock ABSK [A-Za-z0-9+/]{100,999}={0,2} bl:aws-amazon-bedrock-api-key-long-lived
aws-bedrock-short bedrock-api-key- [A-Za-z0-9+/=_-]{20,999} bl:aws-amazon-bedrock-api-key-short-lived
@ https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
aws-appsync da2- [a-z0-9]{26} np:aws
@ https://developer-docs.amazon.com/sp-api/docs/migrating-from-amazon-mws
amazon-mws amzn.mws. [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} np:aws
@ https://cloud.google.com/docs/authentication/api-keys
google-api AIza [\w-]{35} gl:gcp-api-key
@ https://developers.google.com/identity/protocols/oauth2
google-oauth ya29. [\w-]{10,1999} th:googleoauth2
google-refresh 1//0 [\w-]{24,999} code
google-client GOCSPX- [\w-]{24,32} np:google
@ https://cloud.google.com/storage/docs/authentication/hmackeys
google-hmac GOOG1E [A-Z0-9]{55,60} code
google-hmac-user GOOG [A-Z0-9]{20} ?
@ https://ai.google.dev/gemini-api/docs/api-key
google-auth AQ.Ab8R [\w-]{40,999} bl:gcp-gemini-api
@ https://learn.microsoft.com/entra/identity-platform/refresh-tokens
entra-refresh 0.A,1.A [\w-]{50,999}\.(?:[0-9]\.)?Ag[\w-]{250,1999} th:azure_entra/refreshtoken
@ https://learn.microsoft.com/azure/api-management/api-management-configuration-repository-git
azure-git git& [0-9]{12}&[a-zA-Z0-9/+]{86}== th:azureapimanagement/repositorykey
@ https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair
alibaba-key LTAI [A-Za-z0-9]{12,26} th:alibaba
alibaba-sts STS. (?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,64} bl:alibaba-sts-access-key-id
alibaba-session CAIS (?=[A-Za-z_+/=-]{0,1998}+[0-9])[\w+/=-]{100,1999} bl:alibaba-sts-security-token
@ https://cloud.tencent.com/document/product/598/40488
tencent-key AKID [A-Za-z0-9]{32} code
@ https://cloud.baidu.com/doc/Reference/s/9jwvz2egb
baidu-key bce-v3/ALTAK- [A-Za-z0-9]{21}/[a-z0-9]{40} code
baidu-access ALTAK [A-Za-z0-9]{21} ?
@ https://www.volcengine.com/docs/6291/65568
volcengine-key AKLT [\w+/=-]{40,60} code
@ https://docs.jdcloud.com/
jdcloud-key JDC_ [A-Z0-9]{25,40} code
@ https://yandex.cloud/en/docs/iam/concepts/authorization/
yandex-api AQVN [\w-]{35,38} gl:yandex-api-key
yandex-iam t1. [\w-]+={0,2}\.[\w-]{86}={0,2} gl:yandex-access-token
yandex-static YC [\w-]{38} gl:yandex-aws-access-token
yandex-oauth y0_ [\w-]{30,70} code
@ https://docs.digitalocean.com/reference/api/create-personal-access-token/
digitalocean dop_v1_,doo_v1_,dor_v1_ [a-f0-9]{64} th:digitaloceanv2
@ https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/
scaleway-key SCW [A-Z0-9]{17} code
@ https://community.exoscale.com/documentation/iam/
exoscale-key EXO (?=[A-Za-z]*[0-9])[a-zA-Z0-9]{24,30} bl:exoscale-api-key
@ https://developers.upcloud.com/1.3/
upcloud-token ucat_ [0-9A-Za-z]{24,32} bl:upcloud-api-token
@ https://devcenter.heroku.com/articles/authentication
heroku-key HRKU-AA [\w-]{40,60} th:heroku/v2
heroku-key HRKU- [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12} code
@ https://fly.io/docs/security/tokens/
fly-token fo1_ [\w-]{43} gl:flyio-access-token
fly-macaroon fm1r_,fm1a_,fm2_ [A-Za-z0-9+/=_-]{100,1999} gl:flyio-access-token
@ https://vercel.com/docs/rest-api
vercel-token vcp_,vca_,vci_,vck_,vcr_ [\w-]{24,60} bl:vercel-personal-access-token
vercel-blob vercel_blob_rw_ [A-Za-z0-9]{16}_[A-Za-z0-9]{30} code
@ https://docs.netlify.com/api/get-started/
netlify-token nfp_ [A-Za-z0-9_]{36} th:netlify/v2
netlify-token nfc_,nfo_,nfu_,nfb_ [A-Za-z0-9_]{36} rs:audits/evidence/1012/netlify-other-prefixed-tokens
@ https://render.com/docs/api
render-key rnd_ (?=[A-Za-z]*[0-9])[A-Za-z0-9]{28,40} code
@ https://docs.deno.com/deploy/
deno-token ddp_,ddw_ [a-zA-Z0-9]{36} th:deno
@ https://supabase.com/docs/guides/api/api-keys
supabase-token sbp_ [a-z0-9_-]{40} th:supabasetoken
supabase-token sbp_v0_ [a-f0-9]{40} ?
supabase-secret sb_secret_ [\w-]{31,42} bl:supabase-project-api-key
@ https://neon.com/docs/manage/api-keys
neon-key napi_ (?=[a-z]*[0-9])[a-z0-9]{60,70} code
@ https://planetscale.com/docs/concepts/service-tokens
planetscale pscale_tkn_ [\w=.-]{32,64} gl:planetscale-api-token
planetscale pscale_pw_ [\w=.-]{32,64} gl:planetscale-password
planetscale pscale_oauth_ [\w=.-]{32,64} gl:planetscale-oauth-token
@ https://developers.cloudflare.com/fundamentals/api/get-started/keys/
cloudflare-token cfut_,cfat_ [A-Za-z0-9]{40}[a-f0-9]{8} th:cloudflareapitoken/v2
cloudflare-token cfk_ [A-Za-z0-9]{40}[a-f0-9]{8} th:cloudflareglobalapikey/v2
cloudflare-origin v1.0- [a-f0-9]{24}-[a-f0-9]{146}|[A-Za-z0-9-]{171} th:cloudflarecakey
cloudflare-tunnel eyJhIjoi [A-Za-z0-9+/=_-]{80,999} code
@ https://techdocs.akamai.com/developer/docs/edgegrid
akamai-client akab- [a-z0-9]{16}-[a-z0-9]{16} code
akamai-client akac- [a-z0-9]{16}-[a-z0-9]{16} ?
@ https://docs.databricks.com/dev-tools/auth/pat.html
databricks-token dapi [a-f0-9]{32}(?:-[0-9]{1,3})? th:databrickstoken
databricks-oauth dose [a-f0-9]{32} code
@ https://www.mongodb.com/docs/atlas/configure-api-access/
atlas-secret mdb_sa_sk_ [\w-]{40} bl:mongodb-atlas-service-account-secret
atlas-account mdb_sa_id_ [a-f0-9]{24} bl:mongodb-atlas-service-account-id
@ https://www.cockroachlabs.com/docs/cockroachcloud/managing-access
cockroach-key CCDB1_ [A-Za-z0-9]{22}_[A-Za-z0-9]{40} bl:cockroachlabs-cloud-api-key
@ https://aiven.io/docs/platform/concepts/authentication-tokens
aiven-password AVNS_ [\w-]{15,24} code
aiven-token aivenv1 [A-Za-z0-9+/=]{100,999} ?
@ https://docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html
astra-token AstraCS: [A-Za-z]{24}:[a-f0-9]{64} rs:audits/evidence/1014/README
@ https://xata.io/docs
xata-key xau_,xao_ [A-Za-z0-9]{32,36} rs:audits/evidence/1014/xata
@ https://clickhouse.com/docs/cloud/manage/openapi
clickhouse-key 4b1d (?=[a-z0-9]*[A-Z])[A-Za-z0-9]{38} gl:clickhouse-cloud-api-secret-key
@ https://docs.openshift.com/container-platform/latest/authentication
openshift-token sha256~ [\w-]{43} gl:openshift-user-token
@ https://docs.rancher.com/api/api-tokens
rancher-token token- [a-z0-9]{5}:[a-z0-9]{54} ?
rancher-kubeconfig kubeconfig-u-,kubeconfig-user- [a-z0-9]{5,16}:[a-z0-9]{54} ?
@ https://docs.docker.com/engine/swarm/swarm-tutorial/
docker-swarm SWMTKN-1- [0-9a-z]{20,60}-[0-9a-z]{20,30} code
docker-unlock SWMKEY-1- [\w+/]{40,60} code
@ https://docs.k3s.io/cli/token
k3s-token K10 [a-f0-9]{64}::[\w:.-]{8,120} code
@ https://pve.proxmox.com/wiki/Proxmox_VE_API
proxmox-token PVEAPIToken=> [\w.@-]+![\w.-]+=[0-9a-f-]{36} code
proxmox-token PBSAPIToken=> [\w.@-]+![\w.-]+[=:][0-9a-f-]{36} ?
@ https://tailscale.com/kb/1277/key-prefixes
tailscale-key tskey- [a-z]+-[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)? th:tailscale
@ https://docs.netbird.io/how-to/access-netbird-public-api
netbird-token nbp_ [A-Za-z0-9]{36} ?
@ https://docs.defined.net/
defined-token dnkey- [\w=-]{26}-[\w=-]{52} gl:defined-networking-api-token
@ https://ngrok.com/docs/api/
ngrok-key ngrok_,cr_ [A-Za-z0-9]{27}_?[A-Za-z0-9]{0,21} kf:ngrok
ngrok-key ak_ [A-Za-z0-9]{25,30} kf:ngrok
@ https://www.portainer.io/
portainer-key ptr_ (?=[\w/+-]*[0-9])(?=[\w/+-]*[A-Z])[\w/+-]{40,48}={1,2} th:portainertoken
@ https://developers.scalingo.com/
scalingo-token tk-us- [\w-]{48} gl:scalingo-api-token
@ https://docs.salad.com/
salad-key salad_cloud_ [0-9A-Za-z]{1,7}_[0-9A-Za-z]{7,235} th:saladcloudapikey
"""
