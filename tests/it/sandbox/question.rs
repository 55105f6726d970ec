//! A request to the gateway that is right in every part, and ways to make it wrong.

use std::collections::BTreeMap;

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::raw::{self, Answer};

/// What a client sends to the gateway, or what it should not.
pub(crate) struct Question {
    pub(crate) headers: BTreeMap<String, String>,
    body: Value,
}

impl Question {
    /// Everything right.
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let token = format!("Bearer {}", sandbox.token());
        let access = raw::send(
            sandbox.url(),
            "POST",
            "/api/v4/ai/third_party_agents/direct_access",
            &[("authorization", &token), ("content-type", "application/json")],
            br#"{"feature_flags":{"DuoAgentPlatformNext":true}}"#,
        );
        assert_eq!(access.status, 201, "{}", access.text());
        let access = access.json();
        let given = access["headers"].as_object().expect("headers");
        assert!(given.values().any(|value| value == ""));
        let mut headers: BTreeMap<String, String> = given
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap_or("").into()))
            .collect();
        let bearer = format!("Bearer {}", access["token"].as_str().unwrap_or_default());
        for (name, value) in [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("accept", "text/event-stream"),
            ("anthropic-version", "2023-06-01"),
        ] {
            headers.insert(name.into(), value.into());
        }
        let body = json!({
            "model": "claude-sonnet-4-5-20250929",
            "max_tokens": 8192,
            "stream": true,
            "system": [{ "type": "text", "text": "Follow the house rules." }],
            "messages": [{ "role": "user", "content": "What is this?" }],
        });
        Self { headers, body }
    }

    pub(crate) fn ask(&self, sandbox: &Sandbox) -> Answer {
        self.ask_at(sandbox, "/ai/v1/proxy/anthropic/v1/messages")
    }

    /// Asks at another path of the gateway.
    pub(crate) fn ask_at(&self, sandbox: &Sandbox, path: &str) -> Answer {
        self.ask_at_root(sandbox, &format!("/-/ai_gateway{path}"))
    }

    /// Asks at another path of the sandbox.
    pub(crate) fn ask_at_root(&self, sandbox: &Sandbox, target: &str) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        raw::send(sandbox.url(), "POST", target, &headers, self.body.to_string().as_bytes())
    }

    pub(crate) fn without(mut self, header: &str) -> Self {
        self.headers.remove(header);
        self
    }

    pub(crate) fn with(mut self, header: &str, value: &str) -> Self {
        self.headers.insert(header.into(), value.into());
        self
    }

    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn set(mut self, pointer: &str, value: Value) -> Self {
        if let Some(place) = self.body.pointer_mut(pointer) {
            *place = value;
        } else {
            self.body[pointer.trim_start_matches('/')] = value;
        }
        self
    }
}
