# SPDX-License-Identifier: Apache-2.0
r"""Tokens of code, builds, registries and safes.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://docs.github.com/authentication/keeping-your-account-and-data-secure
github-token ghp_,gho_,ghu_,ghs_,ghr_ [A-Za-z0-9]{36}|(?=[A-Za-z_]*[0-9])[A-Za-z0-9_]{35,255} kf:github
github-fine github_pat_ [A-Za-z0-9]{22}_[A-Za-z0-9]{59}|[A-Za-z0-9_]{35,255} gl:github-fine-grained-pat
@ https://docs.gitlab.com/security/tokens/
gitlab-routable glpat- [\w=-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9} gl:gitlab-pat-routable
gitlab-routable glrt- [\w=-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9} gl:gitlab-runner-authentication-token-routable
gitlab-routable glrtr- [\w=-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9} code
gitlab-routable gldt- [\w=-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9} ?
gitlab-token glpat- [\w=-]{20,50} th:gitlab/v2
gitlab-token gldt- [\w=-]{20,50} gl:gitlab-deploy-token
gitlab-token glft- [\w=-]{20,50} gl:gitlab-feed-token
gitlab-token glsoat- [\w=-]{20,50} gl:gitlab-scim-token
gitlab-token glffct- [\w=-]{20,50} gl:gitlab-feature-flag-client-token
gitlab-token glwt- [\w=-]{20,50} code
gitlab-runner glrt- (?:t[0-9]_)?[\w-]{20,50} gl:gitlab-runner-authentication-token
gitlab-runner glrtr- (?:t[0-9]_)?[\w-]{20,50} code
gitlab-job glcbt- (?:[0-9a-zA-Z]{1,5}_)?[\w-]{20,50} gl:gitlab-cicd-job-token
gitlab-job-jwt glcbt-> eyJ[\w-]+\.[\w-]+\.[\w-]+ ?
gitlab-mail glimt- [\w-]{25} gl:gitlab-incoming-mail-token
gitlab-trigger glptt- [\w-]{40} gl:gitlab-ptt
gitlab-agent glagent- [\w-]{50,1024} gl:gitlab-kubernetes-agent-token
gitlab-oauth gloas- [\w-]{64} gl:gitlab-oauth-app-secret
gitlab-session _gitlab_session=> [0-9a-z]{32} gl:gitlab-session-cookie
gitlab-registration GR1348941 [\w-]{20,50} gl:gitlab-rrt
@ https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/
bitbucket-password ATBB [A-Za-z0-9_=.-]{24,64} np:bitbucket
@ https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html
bitbucket-centre BBDC- [A-Za-z0-9+/@_-]{40,50} th:atlassiandatacenter/bitbucketdatacenter
@ https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
atlassian-token ATATT3 [\w=.+/-]{30,400} gl:atlassian-api-token
atlassian-token ATCTT3 [\w=.+/-]{30,400} th:atlassian/v2
atlassian-token ATSTT3 [\w=.+/-]{30,400} ?
atlassian-token ATATT [\w=.+/-]{30,400}=[A-Za-z0-9]{8} th:jiratoken/v2
@ https://developer.atlassian.com/cloud/jira/platform/
jira-connect ATOA [\w=-]{60,999} ?
@ https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/
trello-token ATTA [A-Za-z0-9]{72} ?
@ https://docs.gitea.com/development/oauth2-provider
gitea-oauth gto_ [A-Za-z0-9]{36,64} ?
@ https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token
sourcegraph sgp_ (?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40} th:sourcegraph
sourcegraph slk_ [a-f0-9]{64} th:sourcegraphcody
@ https://circleci.com/docs/managing-api-tokens/
circleci CCIPAT_ [A-Za-z0-9]{22}_[a-zA-Z0-9]{40} th:circleci/v2
circleci CCIPRJ_ [A-Za-z0-9]{22}_[a-zA-Z0-9]{40} code
@ https://buildkite.com/docs/apis/managing-api-tokens
buildkite bkua_,bkaj_,bkct_,bkat_ [A-Za-z0-9_.-]{38,999} rs:audits/evidence/1014/buildkite
@ https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key
octopus-key API- (?=[A-Z]*[0-9])[A-Z0-9]{25,36} gl:octopus-deploy-api-key
@ https://developer.harness.io/docs/platform/automation/api
harness-token pat.,sat. [A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20} gl:harness-api-key
@ https://www.jetbrains.com/help/teamcity/configuring-your-user-profile.html
teamcity-token eyJ0eXAiOiAiVENWMiJ9. [\w-]{36}\.[\w-]{48} np:teamcity
@ https://docs.prefect.io/v3/manage/cloud/manage-users/api-keys
prefect-key pnu_ [A-Za-z0-9]{36} th:prefect
prefect-key pnb_ [A-Za-z0-9]{36} ?
@ https://www.pulumi.com/docs/administration/access-identity/access-tokens/
pulumi-token pul- (?=[a-z]*[0-9])[a-z0-9]{40} th:pulumi
@ https://www.infracost.io/docs/
infracost-key ico- [A-Za-z0-9]{32} gl:infracost-api-token
@ https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens
sonar-token squ_,sqp_,sqa_,sqb_ [a-f0-9]{40} rs:audits/evidence/1014/sonarqube
sonar-cloud sqco_ [A-Za-z0-9]{59} th:sonarcloud/v2
@ https://docs.snyk.io/snyk-api/authentication-for-api
snyk-token snyk_uat. [A-Za-z0-9._-]{30,999} code
snyk-token snyk_sat. [A-Za-z0-9._-]{30,999} code
@ https://semgrep.dev/docs/
semgrep-token sgp_ci_ [A-Za-z0-9]{32,64} ?
@ https://docs.stackhawk.com/
stackhawk-key hawk. [\w-]{20}\.[\w-]{20} np:stackhawk
@ https://help.aikido.dev/
aikido-key AIK_CI_ [A-Za-z0-9]{20,44} bl:aikido-ci-token
aikido-key AIK_SECRET_ [A-Za-z0-9]{64} bl:aikido-client-secret
@ https://docs.endorlabs.com/
endor-key endr+ [A-Za-z0-9-]{16} th:endorlabs
@ https://docs.dependencytrack.org/
dependency-track odt_ [A-Za-z0-9]{32,255} np:dependency_track
@ https://www.jfrog.com/confluence/display/JFROG/Access+Tokens
jfrog-key AKCp [A-Za-z0-9]{68,70} th:artifactory
jfrog-key AKC (?=[A-Za-z]*[0-9])[A-Za-z0-9]{64,74} kf:artifactory
jfrog-reference cmVmd [A-Za-z0-9]{59} gl:artifactory-reference-token
@ https://docs.npmjs.com/about-access-tokens
npm-token npm_ [A-Za-z0-9]{36} th:npmtokenv2
@ https://pypi.org/help/#apitoken
pypi-token pypi-AgEIcHlwaS5vcmc [\w-]{71,1999} gl:pypi-upload-token
pypi-test pypi-AgENdGVzdC5weXBpLm9yZw [\w-]{50,999} ?
@ https://guides.rubygems.org/api-key-scopes/
rubygems-key rubygems_ (?=[a-z]*[0-9])[a-z0-9]{42,52} kf:rubygems
@ https://learn.microsoft.com/nuget/nuget-org/publish-a-package
nuget-key oy2 [a-z0-9]{43} np:nuget
@ https://doc.rust-lang.org/cargo/reference/publishing.html
crates-token cio [A-Za-z0-9]{32} np:crates.io
crates-trusted cio_tp_ [A-Za-z0-9]{32} rs:audits/evidence/1014/crates-io
@ https://github.com/clojars/clojars-web/wiki/Deploy-Tokens
clojars-token CLOJARS_ [A-Za-z0-9]{60} gl:clojars-api-token
@ https://packagist.com/docs
packagist-token packagist_uut_,packagist_ort_,packagist_out_,packagist_cut_ [a-f0-9]{68} code
@ https://docs.docker.com/security/access-tokens/
docker-token dckr_pat_,dckr_oat_ [\w-]{27,40} th:dockerhub/v2
@ https://ionic.io/docs/appflow/
ionic-token ion_ (?=[a-z]*[0-9])[a-z0-9]{42} kf:ionic
@ https://developer.hashicorp.com/vault/docs/concepts/tokens
vault-token hvs.,hvb.,hvr. [\w-]{24,500} np:hashicorp
vault-legacy s. (?=[A-Za-z]*[0-9])[A-Za-z0-9]{24} gl:vault-service-token
@ https://developer.1password.com/docs/service-accounts/
onepassword-service ops_eyJ [A-Za-z0-9+/=_-]{200,1999} gl:1password-service-account-token
onepassword-key A3- [A-Z0-9]{6}-[A-Z0-9]{6}-?[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3} gl:1password-secret-key
@ https://docs.doppler.com/reference/auth-token-formats
doppler dp.pt.,dp.ct.,dp.sa.,dp.scim.,dp.audit. [A-Za-z0-9]{40,44} th:doppler
doppler dp.said. [A-Za-z0-9]{40,44} rs:reference/detection
doppler-service dp.st. (?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44} np:doppler
@ https://infisical.com/docs/documentation/platform/token
infisical st. [a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32} ?
@ https://github.com/FiloSottile/age
age-key AGE-SECRET-KEY-1 [0-9A-Z]{58}|[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58} gl:age-secret-key
@ https://github.com/nostr-protocol/nips/blob/master/19.md
nostr-key nsec1 [a-z0-9]{58} code
@ https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki
bitcoin-key xprv [1-9A-HJ-NP-Za-km-z]{107} code
@ https://authress.io/knowledge-base/docs/authorization/service-clients
authress-key sc_,ext_,scauth_,authress_ [a-zA-Z0-9]{5,30}\.[a-zA-Z0-9]{4,6}\.acc[_-][a-zA-Z0-9-]{10,32}\.[a-zA-Z0-9+/_=-]{30,120} gl:authress-service-client-access-key
@ https://www.rfc-editor.org/rfc/rfc7519
jwt-in-base64 ZXlK [A-Za-z0-9/+_-]{40,9999}={0,2} gl:jwt-base64
@ https://github.com/sidekiq/sidekiq/wiki/Commercial-FAQ
sidekiq-login BUNDLE_GEMS__CONTRIBSYS__COM=> [0-9a-f]{8}:[0-9a-f]{8} gl:sidekiq-secret
sidekiq-login BUNDLE_ENTERPRISE__CONTRIBSYS__COM=> [0-9a-f]{8}:[0-9a-f]{8} gl:sidekiq-secret
"""
