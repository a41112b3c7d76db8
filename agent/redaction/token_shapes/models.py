# SPDX-License-Identifier: Apache-2.0
r"""Tokens of language models and what is made with them.

Rules: the form of a line stands in `catalogue.py`.
Not here: other tokens (the files beside), how they are found (`detectors/`).
"""

ROWS = r"""
@ https://platform.openai.com/docs/api-reference/authentication
openai sk- [A-Za-z0-9]{16,80}T3BlbkFJ[\w-]{16,80}|[A-Za-z0-9]{48}|[a-f0-9]{32,64} th:openai
openai sk-proj-,sk-svcacct-,sk-admin- [\w-]{16,90}T3BlbkFJ[\w-]{16,90} gl:openai-api-key
openai sk-service- [\w-]{16,90}T3BlbkFJ[\w-]{16,90} th:openai
openai sk-None- [\w-]{16,90}T3BlbkFJ[\w-]{16,90} ?
@ https://api-docs.deepseek.com/
deepseek-key sk- (?=[a-z]*[0-9])[a-z0-9]{32} th:deepseek
@ https://platform.moonshot.ai/docs
moonshot-key sk- (?=[A-Za-z_-]*[0-9])(?=[^A-Z]*[A-Z])[\w-]{48} bl:kimi-api-key
@ https://platform.minimax.io/docs
minimax-key sk-api- [\w-]{119} bl:minimax-api-key
@ https://docs.anthropic.com/en/api/overview
anthropic-key sk-ant- [a-z]{3,8}[0-9]{2,4}-[\w-]{80,120} th:anthropic
@ https://openrouter.ai/docs/api-reference/authentication
openrouter-key sk-or-v1- [a-f0-9]{64} th:openrouter
@ https://langfuse.com/docs/api
langfuse-key sk-lf-,pk-lf- [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} th:langfuse
@ https://docs.helicone.ai/
helicone-key sk-helicone- [a-z0-9-]{30,70} rs:reference/detection
@ https://elevenlabs.io/docs/api-reference/authentication
elevenlabs-key sk_ [a-f0-9]{48} th:elevenlabs/v2
@ https://huggingface.co/docs/hub/security-tokens
huggingface hf_ [A-Za-z0-9]{34,40} th:huggingface
huggingface api_org_ [A-Za-z0-9]{34} th:huggingface
@ https://replicate.com/docs/topics/security/api-tokens
replicate-token r8_ [\w-]{37,40} th:replicate
@ https://console.groq.com/docs/quickstart
groq-key gsk_ [A-Za-z0-9]{48,56} th:groq
@ https://docs.x.ai/docs
xai-key xai- [\w-]{70,120} bl:xai-api-key
@ https://docs.perplexity.ai/
perplexity-key pplx- [A-Za-z0-9]{48,56} gl:perplexity-api-key
@ https://docs.fireworks.ai/api-reference/introduction
fireworks-key fw_ [A-Za-z0-9]{22,24} code
@ https://docs.together.ai/docs/quickstart
together-key tgp_v1_ [\w-]{43} bl:togetherai-api-key
@ https://docs.pinecone.io/guides/projects/manage-api-keys
pinecone-key pcsk_ [A-Za-z0-9]{5,6}_[A-Za-z0-9]{63} th:pinecone
@ https://docs.smith.langchain.com/administration/how_to_guides
langsmith lsv2_pt_,lsv2_sk_ [a-f0-9]{32}_[a-f0-9]{10} th:langsmith
@ https://docs.cloud.llamaindex.ai/
llamacloud-key llx- [A-Za-z0-9]{48} code
@ https://docs.tavily.com/documentation/api-reference/introduction
tavily-key tvly- (?:dev-|prod-)?[\w-]{28,40} np:tavily
@ https://docs.firecrawl.dev/introduction
firecrawl-key fc- [a-f0-9]{32} np:firecrawl
@ https://docs.voyageai.com/docs/api-key-and-installation
voyage-key pa- (?=[\w-]*[0-9])(?=[\w-]*[A-Z])[\w-]{43} code
@ https://build.nvidia.com/
nvidia-key nvapi- [\w-]{60,70} th:nvapi
@ https://docs.wandb.ai/guides/hosting/
wandb-key wandb_v1_ [A-Za-z0-9_]{60,90} bl:weights-and-biases-api-key-v1
@ https://jina.ai/api-dashboard/
jina-key jina_ [A-Za-z0-9_-]{50,64} np:jina
@ https://inference-docs.cerebras.ai/
cerebras-key csk- [a-z0-9]{48} bl:cerebras-api-key
@ https://friendli.ai/docs
friendli-token flp_ [A-Za-z0-9]{40,60} ?
@ https://e2b.dev/docs
e2b-key e2b_ [a-f0-9]{40}|[a-f0-9]{72} code
@ https://docs.apify.com/platform/integrations/api
apify-token apify_api_ [a-zA-Z0-9-]{36} th:apify
@ https://docs.cursor.com/
cursor-key key_ [0-9a-f]{64} bl:cursor-api-key
@ https://docs.devin.ai/
devin-key apk_user_ [A-Za-z0-9+/]{120,180}={0,2} bl:devin-personal-api-key
devin-key apk_ [A-Za-z0-9+/]{80,100}={0,2} bl:devin-service-api-key
devin-key cog_ [a-z2-7]{52} bl:devin-service-user-token
@ https://docs.voiceflow.com/
voiceflow-key VF. (?:(?:DM|WS)\.)?[a-fA-F0-9]{24}\.[a-zA-Z0-9]{16} th:voiceflow
@ https://docs.photoroom.com/
photoroom-key sk_pr_ [a-zA-Z0-9]{1,64}_[a-fA-F0-9]{40} th:photoroom
@ https://scrapfly.io/docs
scrapfly-key scp-live-,scp-test- [a-z0-9]{32} kf:scrapfly
@ https://brave.com/search/api/
brave-key BSA (?=[\w-]*[0-9])(?=[\w-]*[a-z])[\w-]{24,40} bl:brave-search-api-key
@ https://trigger.dev/docs/apikeys
trigger-key tr_dev_,tr_prod_,tr_pat_ [A-Za-z0-9]{20,40} code
"""
