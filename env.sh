export GITLAB_INSTANCE_URL=http://127.0.0.1:18080
export GITLAB_AI_GATEWAY_URL=http://127.0.0.1:18080/-/ai_gateway
export GITLAB_TOKEN=glpat-sandbox-api-0000000001
export GITLAB_REPO=acme/shop/storefront
export GITLAB_OAUTH_APP_ID=glduo-sandbox-app
export GLDUO_SANDBOX_URL=http://127.0.0.1:18080
