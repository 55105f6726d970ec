//! Faults on demand, for people and tests that want to see one: a prompt or goal that begins with
//! `[[NAME]]`, or the header `x-sandbox: NAME`.

use super::received::Received;

/// The name of the fault that a request or its prompt asks for.
pub(super) fn asked<'r>(request: &'r Received, prompt: &'r str) -> Option<&'r str> {
    let named = || Some(prompt.trim_start().strip_prefix("[[")?.split_once("]]")?.0);
    request.header("x-sandbox").or_else(named)
}

/// Whether it is this one.
pub(super) fn asks(request: &Received, prompt: &str, name: &str) -> bool {
    asked(request, prompt) == Some(name)
}
