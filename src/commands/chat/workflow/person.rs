//! The person at the controlling terminal, asked on a thread of its own, so that the service is
//! heard while the person thinks.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use crate::system::notify::Notify;
use crate::system::prompt::Prompt;
use crate::workflow::PersonAnswer;

pub(super) struct Person {
    questions: Sender<String>,
    answers: Receiver<PersonAnswer>,
}

impl Person {
    /// Notifies when there is an answer.
    pub(super) fn new(mut prompt: Box<dyn Prompt>, notify: Notify) -> Self {
        let (questions, asked) = channel::<String>();
        let (answer, answers) = channel();
        thread::spawn(move || {
            for question in asked {
                let line = prompt.line_on_terminal(&question);
                let parsed = line.map_or(PersonAnswer::No, |line| parse(&line));
                // Fails if the run has ended meanwhile.
                let _ = answer.send(parsed);
                notify.notify();
            }
        });
        Self { questions, answers }
    }

    /// Asks on the terminal.
    pub(super) fn ask(&self, question: String) {
        // A thread that has ended answers no.
        let _ = self.questions.send(question);
    }

    /// The answer, once there is one. A person who cannot be asked said no.
    pub(super) fn answer(&self) -> Option<PersonAnswer> {
        match self.answers.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(PersonAnswer::No),
        }
    }
}

/// Nothing but a clear yes is one.
fn parse(line: &str) -> PersonAnswer {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => PersonAnswer::Yes,
        "a" | "always" => PersonAnswer::Always,
        _ => PersonAnswer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        assert_eq!([parse("y"), parse(" YES ")], [PersonAnswer::Yes; 2]);
        assert_eq!([parse("a"), parse("Always")], [PersonAnswer::Always; 2]);
        for line in ["", "n", "no", "yy", "ye", "yes please", "j", "1", "all"] {
            assert_eq!(parse(line), PersonAnswer::No, "{line:?}");
        }
    }
}
