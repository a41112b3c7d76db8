# SPDX-License-Identifier: Apache-2.0
r"""Tokens of payments and shops.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://docs.stripe.com/keys
stripe-key sk_live_,sk_test_,sk_prod_,rk_live_,rk_test_,rk_prod_ [A-Za-z0-9]{10,250} gl:stripe-access-token
stripe-intent pi_,seti_ [A-Za-z0-9]{24}_secret_[A-Za-z0-9]{25} th:stripepaymentintent
stripe-hook whsec_ [A-Za-z0-9+/=_-]{24,999} code
@ https://developers.apideck.com/apis/authentication
apideck-key sk_live_ [A-Za-z0-9-]{93} th:apideck
@ https://paystack.com/docs/api/authentication/
paystack-key sk_ (?:live|test)_[A-Za-z0-9]{40} th:paystack
@ https://www.checkout.com/docs/developer-resources/api/api-authentication
checkout-key sk_ (?:test_|sbox_)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12} th:checkout
@ https://developer.rechargepayments.com/
recharge-key sk_ (?:test_)?(?:1|2|3|5|10)x[123]_[0-9a-fA-F]{64} th:rechargepayments
@ https://docs.pagar.me/reference/autenticacao
pagarme-key ak_live_ [a-zA-Z0-9]{30} th:pagarme
pagarme-key ak_test_ [a-zA-Z0-9]{30} ?
@ https://developers.tickettailor.com/
tickettailor-key sk_ [0-9]{4}_[0-9]{6}_[a-f0-9]{32} th:tickettailor
@ https://iexcloud.io/docs/api/
iex-key sk_ (?=[a-z]*[0-9])[a-z0-9]{32} th:iexapis
@ https://developer.squareup.com/docs/build-basics/access-tokens
square-token sq0atp-,sq0csp- [\w-]{22,60} np:square
square-token sq0idp- [\w-]{22,60} th:squareapp
square-token sq0acp- [\w-]{22,60} ?
square-token sandbox-sq0 [a-z]{3}-[\w-]{22,60} th:squareapp
square-token sq0 [ic][a-z]{2}-[\w-]{22,60} th:squareapp
square-token EAAA (?=[\w+=-]*[0-9])(?=[\w+=-]*[a-z])[\w+=-]{22,60} th:square
@ https://developers.facebook.com/docs/facebook-login/guides/access-tokens
facebook-token EAA [A-Za-z0-9]{80,999} gl:facebook-page-access-token
facebook-token EAACEdEose0cBA [A-Za-z0-9]{20,999} np:facebook
instagram-token IGQV [\w-]{100,999} code
@ https://developer.paypal.com/braintree/docs/guides/authorization/access-token
braintree access_token$production$,access_token$sandbox$ [a-z0-9]{16}\$[a-f0-9]{32} code
@ https://razorpay.com/docs/api/authentication/
razorpay-key rzp_live_ [A-Za-z0-9]{14,24} th:razorpay
razorpay-key rzp_test_ [A-Za-z0-9]{14,24} code
@ https://plaid.com/docs/api/tokens/
plaid-token access-sandbox-,access-development-,access-production- [0-9a-f-]{36} gl:plaid-api-token
@ https://developer.flutterwave.com/docs/authentication
flutterwave FLWSECK_TEST- [A-Za-z0-9]{12,40}(?:-X)? gl:flutterwave-encryption-key
flutterwave FLWPUBK_TEST- [A-Za-z0-9]{12,40}(?:-X)? gl:flutterwave-public-key
flutterwave FLWSECK- [A-Za-z0-9]{12,40}(?:-X)? th:flutterwave
flutterwave FLWPUBK- [A-Za-z0-9]{12,40}(?:-X)? ?
@ https://duffel.com/docs/api/overview/making-requests
duffel-token duffel_live_,duffel_test_ [\w=-]{43} gl:duffel-api-token
@ https://docs.easypost.com/docs/authentication
easypost-key EZAK,EZTK [A-Za-z0-9]{54} kf:easypost
@ https://docs.goshippo.com/docs/api_concepts/authentication
shippo-token shippo_live_,shippo_test_ [a-fA-F0-9]{40} gl:shippo-api-token
@ https://www.mercadopago.com/developers/en/docs
mercadopago APP_USR- [0-9]{10,20}-[0-9]{6}-[a-f0-9]{32}-[0-9]{5,12} code
@ https://docs.adyen.com/development-resources/api-credentials/
adyen-key AQE [A-Za-z0-9+/=.-]{80,999} ?
@ https://developer.gocardless.com/api-reference/
gocardless live_ [\w=-]{40,42} kf:gocardless
gocardless sandbox_ (?=[\w-]*[0-9])[\w-]{40} rs:audits/evidence/1014/README
@ https://docs.mollie.com/reference/authentication
mollie-key live_,test_ (?=[A-Za-z]*[0-9])[A-Za-z0-9]{30} ?
@ https://developer.paddle.com/api-reference/about/api-keys
paddle-key pdl_live_apikey_,pdl_sdbx_apikey_ [a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3} rs:audits/evidence/1014/paddle
@ https://column.com/docs/api
column-key live_,test_ (?=[A-Za-z]*[0-9])[a-zA-Z0-9]{27} th:column
@ https://docs.xendit.co/docs/api-keys
xendit-key xnd_production_,xnd_development_ [A-Za-z0-9]{30,72} code
@ https://docs.mercury.com/docs/getting-started
mercury-token mercury_production_,mercury_sandbox_ [A-Za-z0-9_]{20,80}_yrucrem rs:audits/evidence/1014/mercury
@ https://docs.ramp.com/developer-api/v1/authorization
ramp-secret ramp_sec_ [A-Za-z0-9]{48} th:ramp
ramp-client ramp_id_ [A-Za-z0-9]{40} th:ramp
@ https://docs.robinhood.com/
robinhood-key rh-api- [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12} th:robinhoodcrypto
@ https://docs.gemini.com/rest-api/
gemini-exchange account-,master- (?=[A-Za-z]*[0-9])(?=[a-z0-9]*[A-Z])[0-9A-Za-z]{20} th:gemini
@ https://shopify.dev/docs/apps/build/authentication-authorization
shopify shpat_,shpca_,shppa_,shpss_ [a-fA-F0-9]{30,34} gl:shopify
shopify shpua_ [a-fA-F0-9]{32} ?
@ https://woocommerce.github.io/woocommerce-rest-api-docs/
woocommerce-key ck_,cs_ [a-f0-9]{40} code
@ https://developer.flexport.com/
flexport-token shltm_ [\w-]{40} th:flexport
@ https://docs.fleetbase.io/
fleetbase-key flb_live_,flb_test_ [0-9a-zA-Z]{20} th:fleetbase
@ https://developer.salesforce.com/docs/platform/connectapi/guide/intro_using_oauth.html
salesforce-consumer 3MVG9 [0-9a-zA-Z._+/=]{80,251} th:salesforceoauth2
salesforce-refresh 5AEP861 [a-zA-Z0-9._=]{80,250} th:salesforcerefreshtoken
salesforce-session 00D [A-Za-z0-9]{12}![A-Za-z0-9_.]{96} th:salesforce
@ https://docs.polar.sh/
polar-token polar_oat_,polar_pat_,polar_at_u_ [A-Za-z0-9_-]{30,50} rs:audits/evidence/1014/polar
@ https://developers.lob.com/
lob-key live_,test_ [a-f0-9]{31,35} th:lob
lob-key live_pub_,test_pub_ [a-f0-9]{31,35} gl:lob-pub-api-key
@ https://settlemint.com/docs
settlemint-token sm_aat_,sm_pat_,sm_sat_ [A-Za-z0-9]{16} gl:settlemint
"""
