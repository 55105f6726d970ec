//! The error codes of the contract, and the exit code that each of them has.

/// Defines the codes once: variant, word in JSON, exit code.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $word:literal $exit:literal;)*) => {
        /// What an error is called in JSON; each has one exit code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in JSON.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The exit code of the process.
            pub fn exit(self) -> u8 {
                match self { $(Self::$name => $exit,)* }
            }
        }
    };
}

codes! {
    /// Flags, a jq expression that does not compile, a configuration file.
    Usage "usage" 2;
    /// GitLab could not use the request: 400, 409, 422.
    BadRequest "bad_request" 1;
    /// GitLab does not allow it.
    Forbidden "forbidden" 4;
    /// Missing, or hidden from this account.
    NotFound "not_found" 7;
    /// No token, or one that GitLab does not know.
    Unauthenticated "unauthenticated" 4;
    /// The token is expired.
    TokenExpired "token_expired" 4;
    /// The token lacks a scope.
    InsufficientScope "insufficient_scope" 4;
    /// A CI job token does not reach this.
    JobTokenUnsupported "job_token_unsupported" 4;
    /// Duo is off.
    DuoDisabled "duo_disabled" 5;
    /// The account has no Duo seat.
    NoSeat "no_seat" 5;
    /// GitLab Credits are used up.
    NoCredits "no_credits" 5;
    /// The account has no default Duo namespace.
    NoDefaultNamespace "no_default_namespace" 5;
    /// The model is not offered.
    ModelUnavailable "model_unavailable" 5;
    /// The AI gateway cannot be reached.
    GatewayUnreachable "gateway_unreachable" 6;
    /// The answer is not GitLab's.
    BadResponse "bad_response" 6;
    /// A time limit ran out.
    Timeout "timeout" 6;
    /// No connection, or one that broke.
    Network "network" 6;
    /// Too many requests.
    RateLimited "rate_limited" 6;
    /// The server is in trouble.
    ServerError "server_error" 6;
    /// The certificate or the handshake is not right.
    Tls "tls" 6;
    /// The input is larger than the model takes.
    ContextTooLong "context_too_long" 1;
    /// The agent failed, or was stopped by somebody else.
    WorkflowFailed "workflow_failed" 3;
    /// The policy refused a tool with nobody to ask.
    ToolDenied "tool_denied" 9;
    /// A stream or list was cut short.
    Incomplete "incomplete" 6;
    /// What was waited for is not over yet.
    Pending "pending" 8;
    /// A renewed session, or the conversation that an answer belongs to, could not be kept.
    SessionNotSaved "session_not_saved" 1;
    /// The answer does not fit the schema.
    SchemaMismatch "schema_mismatch" 1;
    /// The model declined to answer.
    Refused "refused" 1;
    /// Another program has the port.
    PortInUse "port_in_use" 1;
    /// A jq expression failed on the data.
    Jq "jq" 1;
    /// A file or stream of this machine.
    Io "io" 1;
    /// Anything else.
    Other "other" 1;
}
