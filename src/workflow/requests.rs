//! What became of every request of the service: each is executed once, and answered on the
//! connection that asked last.

use std::collections::{BTreeMap, VecDeque};

use crate::tools::Outcome;

/// How many results are kept for a service that asks again after a lost connection.
const KEPT: usize = 32;

/// What a request is to this side.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not known yet; it now waits.
    New,
    /// It was asked before, and its answer is on its way.
    Known,
    /// It was done before, for a connection that is gone; this is its answer.
    Done(Outcome),
}

#[derive(Debug)]
enum State {
    Waits,
    Begun,
    Done(Option<Outcome>),
}

#[derive(Debug, Default)]
pub(super) struct Requests {
    /// With the connection that asked last.
    known: BTreeMap<String, (u32, State)>,
    connection: u32,
    kept: VecDeque<String>,
}

impl Requests {
    pub(super) fn ask(&mut self, id: &str) -> Standing {
        let Some((connection, state)) = self.known.get_mut(id) else {
            self.known.insert(id.to_owned(), (self.connection, State::Waits));
            return Standing::New;
        };
        let is_repeat = *connection == self.connection;
        *connection = self.connection;
        match state {
            State::Done(outcome) if !is_repeat => {
                Standing::Done(outcome.clone().unwrap_or_else(|| {
                    Outcome::failed("done before; its result is gone".to_owned())
                }))
            }
            _ => Standing::Known,
        }
    }

    pub(super) fn waits(&self, id: &str) -> bool {
        matches!(self.known.get(id), Some((_, State::Waits)))
    }

    /// Whether it may be begun, which is true once.
    pub(super) fn begin(&mut self, id: &str) -> bool {
        match self.known.get_mut(id) {
            Some((_, state @ State::Waits)) => {
                *state = State::Begun;
                true
            }
            _ => false,
        }
    }

    /// Keeps the result; whether this connection waits for it.
    pub(super) fn finish(&mut self, id: &str, outcome: &Outcome) -> bool {
        let Some((connection, state)) = self.known.get_mut(id) else { return false };
        *state = State::Done(Some(outcome.clone()));
        let is_wanted = *connection == self.connection;
        self.kept.push_back(id.to_owned());
        if self.kept.len() > KEPT
            && let Some(oldest) = self.kept.pop_front()
            && let Some((_, state)) = self.known.get_mut(&oldest)
        {
            *state = State::Done(None);
        }
        is_wanted
    }

    /// The connection is gone. What was not begun is forgotten: the service asks for what it
    /// still wants.
    pub(super) fn disconnected(&mut self) {
        self.connection += 1;
        self.known.retain(|_, (_, state)| !matches!(state, State::Waits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Outcome {
        Outcome::done(text.to_owned())
    }

    #[test]
    fn a_request_is_begun_once_however_often_it_is_asked() {
        let mut requests = Requests::default();
        assert_eq!(requests.ask("1"), Standing::New);
        assert_eq!(requests.ask("1"), Standing::Known);
        assert!(requests.begin("1") && !requests.begin("1"));
        assert!(requests.finish("1", &outcome("x")));
        assert_eq!(requests.ask("1"), Standing::Known);
        requests.disconnected();
        assert_eq!(requests.ask("1"), Standing::Done(outcome("x")));
        assert!(!requests.begin("1"));
    }

    #[test]
    fn what_was_not_begun_before_a_loss_is_new_afterwards() {
        let mut requests = Requests::default();
        requests.ask("1");
        requests.disconnected();
        assert!(!requests.begin("1"));
        assert_eq!(requests.ask("1"), Standing::New);
        assert!(requests.begin("1"));
    }

    #[test]
    fn a_result_after_a_loss_waits_until_it_is_asked_for_again() {
        let mut requests = Requests::default();
        for id in ["1", "2"] {
            requests.ask(id);
            requests.begin(id);
        }
        requests.disconnected();
        assert!(!requests.finish("1", &outcome("x")));
        assert_eq!(requests.ask("2"), Standing::Known);
        assert!(requests.finish("2", &outcome("y")));
    }

    #[test]
    fn old_results_are_let_go_and_not_made_anew() {
        let mut requests = Requests::default();
        for number in 0..=KEPT {
            let id = number.to_string();
            requests.ask(&id);
            requests.begin(&id);
            requests.finish(&id, &outcome("x"));
        }
        requests.disconnected();
        assert!(matches!(requests.ask("0"), Standing::Done(Outcome { ok: false, .. })));
        assert_eq!(requests.ask("1"), Standing::Done(outcome("x")));
    }
}
