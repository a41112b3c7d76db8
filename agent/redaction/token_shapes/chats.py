# SPDX-License-Identifier: Apache-2.0
r"""Tokens of chats, mails and hooks.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://docs.slack.dev/authentication/tokens
slack-token xoxb-,xoxp-,xoxa-,xoxr- [\w%+/=-]{8,999} th:slack
slack-token xoxs-,xoxo- [\w%+/=-]{8,999} gl:slack-legacy-token
slack-token xoxe- [\w%+/=-]{8,999} gl:slack-config-refresh-token
slack-session xoxc-,xoxd- [\w%+/=-]{8,999} bl:slack-session-token
slack-rotated xoxe.xoxb-,xoxe.xoxp- [\w-]{8,999} gl:slack-config-access-token
slack-app xapp- [0-9]{1,12}-[A-Za-z0-9/+-]{20,200} gl:slack-app-token
slack-hook hooks.slack.com/services/> [\w/\\+-]{20,999} th:slackwebhook
slack-hook hooks.slack.com/workflows/> [\w/\\+-]{20,999} th:slackwebhook
slack-hook hooks.slack.com/triggers/> [\w/\\+-]{20,999} gl:slack-webhook-url
@ https://discord.com/developers/docs/resources/webhook
discord-hook discord.com/api/webhooks/> [0-9]{15,21}\\*/[\w-]{60,999} th:discordwebhook
discord-hook discordapp.com/api/webhooks/> [0-9]{15,21}\\*/[\w-]{60,999} code
discord-mfa mfa. [\w-]{80,999} code
@ https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors
teams-hook webhook.office.com/webhookb2/> [\w@/\\-]{60,999} th:microsoftteamswebhook/v1
teams-hook outlook.office.com/webhook/> [\w@/\\-]{60,999} np:microsoft_teams
@ https://developers.google.com/workspace/chat/quickstart/webhooks
google-chat-hook chat.googleapis.com/v1/spaces/> [\w-]+/messages\?key=[\w&=%-]{20,999} ?
@ https://help.zapier.com/hc/articles/8496288690317
zapier-hook hooks.zapier.com/hooks/catch/> [0-9]+/[\w/]{4,999} th:zapierwebhook
@ https://help.ifttt.com/hc/articles/115010230347
ifttt-hook maker.ifttt.com/trigger/> [\w-]+/(?:json/)?with/key/[\w-]{20,999} ?
@ https://www.tines.com/docs/actions/types/webhook/
tines-hook tines.com/webhook/> [a-z0-9]{32}/[a-z0-9]{32} th:tineswebhook
@ https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
feishu-hook open.feishu.cn/open-apis/bot/v2/hook/> [\w-]{36} code
feishu-hook open.larksuite.com/open-apis/bot/v2/hook/> [\w-]{36} ?
@ https://developer.work.weixin.qq.com/document/path/91770
wecom-hook qyapi.weixin.qq.com/cgi-bin/webhook/send?key=> [0-9a-f-]{36} code
@ https://healthchecks.io/docs/
healthchecks-hook hc-ping.com/> [0-9a-f-]{36}|[\w-]{22} ?
@ https://spec.matrix.org/latest/client-server-api/
matrix-token syt_ [A-Za-z0-9+/=]+_[A-Za-z0-9]{20}_[A-Za-z0-9]{6} code
matrix-token mat_,mct_ [A-Za-z0-9]{30}_[A-Za-z0-9]{6} ?
@ https://docs.ntfy.sh/config/#access-tokens
ntfy-token tk_ (?=[a-z]*[0-9])[a-z0-9]{29} code
@ https://developers.intercom.com/docs/build-an-integration/learn-more/authentication
intercom-token dG9rO [A-Za-z0-9]{30,80}={0,2} code
@ https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
sendgrid-key SG. (?:[\w-]{20,24}\.[\w-]{39,50}|(?!.{0,64}\.\.)[\w=.-]{66}) th:sendgrid
@ https://documentation.mailgun.com/docs/mailgun/user-manual/api-key-mgmt/api-key-mgmt
mailgun-key key- (?=[a-z]*[0-9])[a-z0-9]{32} th:mailgun
mailgun-public pubkey- [a-f0-9]{32} gl:mailgun-pub-key
@ https://mailchimp.com/developer/transactional/docs/fundamentals/
mandrill-key md- (?=[\w-]*[0-9])(?=[\w-]*[A-Z])[\w-]{22} code
@ https://developers.brevo.com/docs/getting-started
brevo-key xkeysib- [a-f0-9]{64}-[A-Za-z0-9]{16}|[\w-]{81} th:sendinbluev2
brevo-key xsmtpsib- [a-f0-9]{64}-[A-Za-z0-9]{16}|[\w-]{81} rs:audits/evidence/1014/README
@ https://resend.com/docs/api-reference/introduction
resend-key re_ [A-Za-z0-9]{8}_[A-Za-z0-9]{24} code
@ https://developers.mailersend.com/general.html
mailersend-key mlsn. [a-f0-9]{64} code
@ https://www.telnyx.com/
telnyx-key KEY (?=[\w-]*[a-z])(?=[\w-]*[0-9])[\w-]{55} th:telnyx
@ https://documentation.onesignal.com/docs/en/keys-and-ids
onesignal-key os_v2_app_,os_v2_org_ [a-z0-9]{20,120} rs:audits/evidence/1014/README
@ https://www.pubnub.com/docs/general/setup/account-setup
pubnub-key pub-c-,sub-c- [0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12} th:pubnubpublishkey
pubnub-secret sec-c- [\w=-]{36,64} code
@ https://www.courier.com/docs/reference/auth/intro
courier-key pk_prod_,pk_test_ [A-Z0-9]{28} th:courier
@ https://developers.klaviyo.com/en/docs/retrieve_api_credentials
klaviyo-key pk_ [0-9a-f]{34}|[A-Za-z0-9]{6}_[0-9a-f]{34} th:klaviyo
"""
