//! A model whose answers a test writes: it stands at the sandbox's gateway.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use glduo::sandbox::{Intercept, Piece, Plan, Received, Reply, Sandbox};
use serde_json::{Value, json};

use super::world::World;

/// The sandbox with a model that answers as told, and then as the sandbox does.
pub(crate) struct Model {
    pub(crate) sandbox: Sandbox,
}

/// Answers in order, and whatever else the test answers in GitLab's place.
struct Script {
    answers: Mutex<Vec<Reply>>,
    gitlab: fn(&Received) -> Option<Reply>,
}

impl Intercept for Script {
    fn reply(&self, request: &Received) -> Option<Reply> {
        if !is_question(request) {
            return (self.gitlab)(request);
        }
        let mut answers = self.answers.lock().expect("the answers");
        (!answers.is_empty()).then(|| answers.remove(0))
    }
}

fn is_question(request: &Received) -> bool {
    request.path().ends_with("/v1/messages")
}

impl Model {
    pub(crate) fn answering(answers: impl IntoIterator<Item = Reply>) -> Self {
        Self::beside(|_| None, answers)
    }

    /// With a part of GitLab of the test's own.
    pub(crate) fn beside(
        gitlab: fn(&Received) -> Option<Reply>,
        answers: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let script = Script { answers: Mutex::new(answers.into_iter().collect()), gitlab };
        let plan = Plan { intercept: Some(Arc::new(script)), records: true, ..Plan::default() };
        Self { sandbox: Sandbox::start(plan).expect("a sandbox") }
    }

    /// A world that is connected to it.
    pub(crate) fn world(&self) -> World {
        World::new()
            .env("GITLAB_INSTANCE_URL", self.sandbox.url())
            .env("GITLAB_AI_GATEWAY_URL", self.sandbox.gateway_url())
            .env("GITLAB_TOKEN", self.sandbox.token())
            .env("GITLAB_REPO", self.sandbox.project())
    }

    /// What the model was asked so far: the bodies.
    pub(crate) fn questions(&self) -> Vec<Value> {
        let requests = self.sandbox.requests();
        requests.iter().filter(|one| is_question(one)).filter_map(Received::json).collect()
    }

    /// The text of the last turn of the last question.
    pub(crate) fn last_prompt(&self) -> String {
        let question = self.questions().pop().expect("a question");
        let turns = question["messages"].as_array().expect("turns");
        text_of(&turns.last().expect("a turn")["content"])
    }
}

/// The text of a message or a system prompt: plain, or blocks.
pub(crate) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        blocks => {
            let blocks = blocks.as_array().into_iter().flatten();
            blocks.filter_map(|block| block["text"].as_str()).collect()
        }
    }
}

/// A whole stream.
pub(crate) fn says(text: &str) -> Reply {
    ends(&[text], Some("end_turn"))
}

/// The same in one piece, for a question that wants no stream.
pub(crate) fn says_at_once(text: &str) -> Reply {
    let content = json!([{ "type": "text", "text": text }]);
    let usage = json!({ "input_tokens": 10, "output_tokens": 5 });
    let body =
        json!({ "id": "msg_1", "content": content, "stop_reason": "end_turn", "usage": usage });
    Reply::json(200, body.to_string())
}

/// A stream of these pieces with this stop reason; without one it breaks off.
pub(crate) fn ends(texts: &[&str], stop_reason: Option<&str>) -> Reply {
    let mut events = vec![json!({
        "type": "message_start",
        "message": { "id": "msg_1", "usage": { "input_tokens": 10, "output_tokens": 1 } },
    })];
    events.extend(texts.iter().map(|text| delta("text", text)));
    if let Some(reason) = stop_reason {
        let usage = json!({ "output_tokens": 5 });
        events.push(json!({
            "type": "message_delta", "delta": { "stop_reason": reason }, "usage": usage,
        }));
        events.push(json!({ "type": "message_stop" }));
    }
    stream(&events)
}

/// A piece of text or of thought.
pub(crate) fn delta(kind: &str, text: &str) -> Value {
    json!({ "type": "content_block_delta", "delta": { "type": format!("{kind}_delta"), kind: text } })
}

/// A stream of these events.
pub(crate) fn stream(events: &[Value]) -> Reply {
    let piece = |event: &Value| Piece {
        wait: Duration::ZERO,
        bytes: format!("data: {event}\n\n").into_bytes(),
    };
    Reply::events(events.iter().map(piece).collect())
}
