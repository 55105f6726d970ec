//! What the manual and the README list besides commands: exit codes, variables and files.

/// The exit codes and what they mean, for help, man page and README.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done; an empty list is 0 and []; so is a reader that closed the pipe"),
    (1, "any other error"),
    (2, "bad usage: flags, jq expression, configuration file (with line and column)"),
    (3, "the thing itself ended badly: pipeline failed or canceled, workflow failed or stopped"),
    (
        4,
        "not connected, token rejected or expired, a scope is missing, or GitLab does not allow it (403)",
    ),
    (
        5,
        "Duo not available to you: feature off, no seat, no credits, no default namespace, model not offered",
    ),
    (
        6,
        "temporary or incomplete: connect, DNS, TLS, timeout, 429, 5xx after retries, a reply that is not GitLab's, a stream or list cut short",
    ),
    (7, "not found"),
    (8, "still pending (--exit-status, or the wait ran out, or blocked on a manual job)"),
    (
        9,
        "denied: in this run the policy refused a tool with no person to ask, however the workflow ended",
    ),
    (129, "SIGHUP, unless it was ignored at the start (nohup)"),
    (130, "SIGINT"),
    (143, "SIGTERM"),
];

/// Environment variables by purpose: names joined with `, `, and what they are for.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "GITLAB_INSTANCE_URL, GITLAB_HOST, GITLAB_URL",
        "the instance; a bare host means https, a path is kept; in a CI job `CI_SERVER_URL` after these",
    ),
    ("GITLAB_AI_GATEWAY_URL", "the AI gateway; `https://cloud.gitlab.com` where it is not set"),
    (
        "GITLAB_TOKEN, GITLAB_ACCESS_TOKEN",
        "the token; after these the stored connection, opencode's, and in a CI job `CI_JOB_TOKEN`, where GitLab's API takes it",
    ),
    (
        "GITLAB_OAUTH_APP_ID (or GITLAB_OAUTH_CLIENT_ID), GITLAB_OAUTH_APP_SECRET",
        "the OAuth application that `connect` logs in with, and its secret where it is a confidential one",
    ),
    (
        "GITLAB_OAUTH_CALLBACK_URL, GITLAB_OAUTH_SCOPES",
        "its redirect URI, `http://localhost:42456/callback` where not set, and what is asked for, `ai_features openid profile`",
    ),
    ("GITLAB_REPO", "the project: path, id or URL"),
    ("GITLAB_DUO_MODEL, GITLAB_SMALL_MODEL", "the model of `chat`, and of `chat --small`"),
    ("GITLAB_DUO_INSTRUCTIONS", "instructions added to the configured ones"),
    (
        "GITLAB_CI, CI_SERVER_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, CI_MERGE_REQUEST_PROJECT_ID, CI_MERGE_REQUEST_PROJECT_PATH, CI_OPEN_MERGE_REQUESTS, CI_COMMIT_BRANCH, CI_COMMIT_REF_NAME",
        "set by GitLab in a job: instance, project, merge request and branch, where `GITLAB_CI` is `true`",
    ),
    ("SSL_CERT_FILE", "certificates to trust instead of the system's"),
    ("CI_SERVER_TLS_CA_FILE, NODE_EXTRA_CA_CERTS", "certificates to trust besides the system's"),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "the proxy, and the hosts reached without it; this machine always is",
    ),
    (
        "NO_COLOR, CLICOLOR_FORCE, TERM",
        "colour: none where `NO_COLOR` is set or `TERM` is `dumb`, always where `CLICOLOR_FORCE` is set",
    ),
    (
        "XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME, HOME",
        "where the user's configuration, the credentials and conversations, and the caches are",
    ),
    ("GLDUO_CONFIG", "the user's configuration file itself, as `--config`"),
    ("GLDUO_DEBUG", "`1` is the same as `--verbose`"),
    ("GLDUO_NO_CACHE", "`1` keeps no gateway token, list of models or completions between runs"),
    (
        "GLDUO_ALLOW_INSECURE_HTTP",
        "`1` allows plain http to other machines, with a warning on every run",
    ),
];

/// Files that are read, and what they are for.
pub const FILES: &[(&str, &str)] = &[
    ("/etc/glduo/config.json", "the administrator's configuration"),
    (
        "$XDG_CONFIG_HOME/glduo/config.json",
        "the user's configuration; `~/.config` where the variable is not set",
    ),
    (
        ".glduo.json",
        "the project's configuration: the nearest from the working directory up to the repository's root",
    ),
    (
        "$XDG_DATA_HOME/glduo/credentials.json",
        "the stored connections, readable by their owner only; `~/.local/share` where the variable is not set",
    ),
    ("$XDG_DATA_HOME/glduo/conversations", "the conversations of `chat`, private too"),
    (
        "$XDG_DATA_HOME/opencode/auth.json",
        "opencode's credentials: the last place where one is looked for, never written",
    ),
    (
        "$XDG_CACHE_HOME/glduo",
        "sealed gateway tokens and lists of models, and what completions offer; `~/.cache` where the variable is not set",
    ),
];
