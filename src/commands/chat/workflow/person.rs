//! The person at the controlling terminal, who is asked on a thread of their own: the service
//! has to be listened to while they think.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use crate::system::bell::Bell;
use crate::system::prompt::Prompt;
use crate::workflow::Answer;

pub(super) struct Person {
    questions: Sender<String>,
    answers: Receiver<Answer>,
}

impl Person {
    /// The bell is rung when they have answered.
    pub(super) fn new(mut prompt: Box<dyn Prompt>, bell: Bell) -> Self {
        let (questions, asked) = channel::<String>();
        let (answer, answers) = channel();
        thread::spawn(move || {
            for question in asked {
                let line = prompt.line_on_terminal(&question);
                let understood = line.map_or(Answer::No, |line| understood(&line));
                // Nobody waits for it any more where this fails.
                let _ = answer.send(understood);
                bell.ring();
            }
        });
        Self { questions, answers }
    }

    /// Shows exactly what would be done.
    pub(super) fn ask(&self, what: &str) {
        let question =
            format!("The agent wants to\n{what}\nAllow? [y]es once, [a]lways in this run, [N]o: ");
        // A thread that is gone answers no.
        let _ = self.questions.send(question);
    }

    /// What they said, once they did. Who cannot be asked said no.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self.answers.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Answer::No),
        }
    }
}

/// Nothing but a clear yes is one.
fn understood(line: &str) -> Answer {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        "a" | "always" => Answer::Always,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        assert_eq!([understood("y"), understood(" YES ")], [Answer::Yes; 2]);
        assert_eq!([understood("a"), understood("Always")], [Answer::Always; 2]);
        for line in ["", "n", "no", "yy", "ye", "yes please", "j", "1", "all"] {
            assert_eq!(understood(line), Answer::No, "{line:?}");
        }
    }
}
