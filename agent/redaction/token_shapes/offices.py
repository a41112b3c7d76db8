# SPDX-License-Identifier: Apache-2.0
r"""Tokens of offices, maps, games and the rest.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://airtable.com/developers/web/api/authentication
airtable-key key (?=[a-zA-Z]*[0-9])[A-Za-z0-9]{14} ?
@ https://developers.notion.com/docs/authorization
notion-token ntn_ [0-9]{11}[A-Za-z0-9]{35} gl:notion-api-token
notion-secret secret_ [A-Za-z0-9]{43} th:notion
@ https://linear.app/developers/graphql
linear-key lin_api_ [A-Za-z0-9]{40,64} th:linearapi
linear-key lin_oauth_ [A-Za-z0-9]{32,64} ?
@ https://developer.clickup.com/docs/authentication
clickup-token pk_ [0-9]{5,10}_[A-Za-z0-9]{32} th:clickuppersonaltoken
@ https://checkio.org/
checkio-key pk_ (?=[a-z]*[0-9])[a-z0-9]{45} th:checio
@ https://www.figma.com/developers/api
figma-token figo_,figu_ [\w-]{38,46} th:figmapersonalaccesstoken/v2
figma-token figd_ [\w-]{38,46} bl:figma-personal-access-token
figma-token figoh_,figor_ [\w-]{38,46} ?
figma-token figp_ [\w=-]{40,54} th:figmapersonalaccesstoken/v3
@ https://www.contentful.com/developers/docs/references/authentication/
contentful-token CFPAT- [\w-]{43} th:contentfulpersonalaccesstoken
@ https://developers.hubspot.com/docs/guides/apps/private-apps/overview
hubspot-token pat-na1-,pat-na2-,pat-eu1-,pat-ap1- [A-Za-z0-9]{8}(?:-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12} th:hubspot_apikey/v2
@ https://www.canva.dev/docs/connect/authentication/
canva-secret cnvca [\w-]{51} bl:canva-client-secret
@ https://docs.readme.com/main/reference
readme-key rdme_ [a-z0-9]{70} th:readme
@ https://www.typeform.com/developers/get-started/personal-access-token/
typeform-token tfp_ [\w.=-]{40,60} th:typeform/v2
@ https://developer.close.com/api/overview
close-key api_ (?=[A-Za-z.]*[0-9])(?=[a-z0-9.]*[A-Z])[A-Za-z0-9.]{45} th:closecrm
@ https://apidocs.teamwork.com/
teamwork-token tkn.v1_ [0-9A-Za-z]{71}= kf:teamworkcrm
@ https://developer.frame.io/docs/getting-started/authentication
frameio fio-u- [\w=-]{64} th:frameio
@ https://www.dropbox.com/developers/reference/oauth-guide
dropbox-token sl. [\w=-]{100,1999} th:dropbox
dropbox-token sl.u. [\w=-]{100,1999} th:dropbox
@ https://api.intra.42.fr/apidoc
intra42-secret s-s4t2ud-,s-s4t2af- [a-f0-9]{64} th:intra42
intra42-client u-s4t2ud-,u-s4t2af- [a-f0-9]{64} th:intra42
@ https://www.getbeamer.com/api
beamer-token b_ (?=[a-z=_-]*[0-9])[a-z0-9=_-]{44}|(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w=/+-]{44} gl:beamer-api-token
@ https://developers.bannerbear.com/
bannerbear-key bb_pr_,bb_ma_ [a-f0-9]{30} th:bannerbear/v2
@ https://documentation.besttime.app/
besttime-key pri_ [a-f0-9]{32} th:besttime
@ https://finage.co.uk/docs/api/getting-started
finage-key API_KEY [0-9A-Z]{32} th:finage
@ https://dfuse.io/
dfuse-key web_ (?=[a-z]*[0-9])[0-9a-z]{32} th:dfuse
@ https://salesblink.io/
salesblink-key key- (?=[A-Za-z]*[0-9])(?=[a-z0-9]*[A-Z])[a-zA-Z0-9]{64} th:salesblink
@ https://docs.mapbox.com/api/accounts/tokens/
mapbox-token pk.eyJ,sk.eyJ,tk.eyJ [\w-]{20,999}\.[\w-]{22} np:mapbox
mapbox-token pk.,sk.,tk. (?=[A-Za-z+/=-]*[0-9])[A-Za-z0-9+/=-]{32,128}\.[A-Za-z0-9+/=-]{20,30} np:mapbox
@ https://docs.locationiq.com/
locationiq-key pk. (?=[a-z]*[0-9])[a-zA-Z0-9]{32} th:locationiq
@ https://docs.foursquare.com/developer/reference/personalization-apis-authentication
foursquare-key fsq3 [A-Za-z0-9/+_-]{40,60}={0,2} code
@ https://developer.riotgames.com/docs/portal
riot-key RGAPI- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} code
@ https://wakatime.com/developers
wakatime-key waka_ [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} code
@ https://dev.twitch.tv/docs/
twitch-stream live_ [0-9]{8,12}_[A-Za-z0-9]{30,36} np:twitch
@ https://developer.x.com/en/docs/authentication/oauth-2-0/bearer-tokens
twitter-bearer AAAAAAAAAAAAAAAAAAAAAA [a-zA-Z0-9%]{80,100} gl:twitter-bearer-token
@ https://developer.adobe.com/developer-console/docs/guides/authentication/
adobe-secret p8e- [A-Za-z0-9-]{32} np:adobe
@ https://learn.adafruit.com/adafruit-io/api-key
adafruit-key aio_ [A-Za-z0-9]{28} th:adafruitio
@ https://docs.blynk.io/
blynk-client oa2-client-id_ [\w-]{32} np:blynk
@ https://docs.ubidots.com/v1.6/reference/authentication
ubidots-token BBFF- [A-Za-z0-9]{30,40} th:ubidots
ubidots-token BBUS- [A-Za-z0-9]{30,40} ?
@ https://stytch.com/docs/api
stytch-secret secret-live-,secret-test- [\w=-]{36} rs:audits/evidence/1014/README
@ https://www.unkey.com/docs
unkey-key unkey_ (?=[A-Za-z]*[0-9])[1-9A-HJ-NP-Za-km-z]{21,60} rs:audits/evidence/1014/unkey
@ https://www.ory.com/docs/security-compliance/token-formats
ory-token ory_st_ [A-Za-z0-9]{32} rs:audits/evidence/1014/ory
ory-token ory_at_,ory_rt_,ory_ac_ [\w-]{20,200}\.[\w-]{20,200} rs:audits/evidence/1014/ory
@ https://zuplo.com/docs/concepts/api-keys
zuplo-key zpka_ [a-z0-9]{32}_[a-f0-9]{8} rs:audits/evidence/1014/README
"""
