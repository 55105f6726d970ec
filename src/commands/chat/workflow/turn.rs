//! The agent's turn as it goes: events shown, questions asked, and what its end means for the
//! exit code.

use std::collections::{BTreeSet, VecDeque};

use super::super::answer::BrokenAnswer;
use super::super::session::Session;
use super::super::usage_line;
use super::person::Person;
use super::report::{Report, Standing, brief};
use crate::commands::context::Context;
use crate::duo::Usage;
use crate::model::harmless::{Keep, harmless};
use crate::system::interrupt::Kept;
use crate::system::notes::Verbosity;
use crate::system::progress::{Progress, Wait};
use crate::system::prompt::Prompt;
use crate::workflow::{self, Event, PersonAnswer, ToolUse, WorkflowError};

/// What is waited for while no tool works.
const AGENT: &str = "waiting for the agent";

/// In this run a tool was refused with nobody to ask.
#[derive(Debug, thiserror::Error)]
#[error("tools were refused, with nobody to ask: {}", .tools.join(", "))]
pub(crate) struct ToolDenied {
    /// Their names, each once.
    pub(crate) tools: Vec<String>,
    /// Those that the policy kept; the others are kept by fences that no flag opens.
    pub(crate) by_policy: Vec<String>,
}

/// How a turn ended.
enum End {
    Well,
    Badly(WorkflowError),
    /// By a signal, with the exit code for it.
    Interrupted(u8),
}

/// A turn of the agent.
pub(super) struct Turn<'g, 'p> {
    service: workflow::Session<'g>,
    report: Report<'p>,
    person: Option<Person>,
    interrupted: Kept,
    /// Somebody thinks about a question.
    is_asking: bool,
    /// What happened meanwhile, shown afterwards.
    meanwhile: VecDeque<Event>,
    /// Shows that something goes on while nothing comes; not while somebody is asked.
    progress: Progress,
    wait: Option<Wait>,
}

impl<'g, 'p> Turn<'g, 'p> {
    /// A turn in which this prompt can be used, if there is one.
    pub(super) fn new(
        service: workflow::Session<'g>,
        report: Report<'p>,
        prompt: Option<Box<dyn Prompt>>,
        interrupted: Kept,
        progress: Progress,
    ) -> Self {
        let person = prompt.map(|prompt| Person::new(prompt, service.notify()));
        progress.say(AGENT);
        let wait = Some(progress.wait());
        let meanwhile = VecDeque::new();
        Self { service, report, person, interrupted, is_asking: false, meanwhile, progress, wait }
    }

    /// Runs it to its end, and keeps goal and answer; the exit code.
    pub(super) fn run(
        mut self,
        (question, shows_usage): (&str, bool),
        session: &Session,
        context: &Context<'_>,
    ) -> anyhow::Result<u8> {
        let end = self.drive();
        self.wait = None;
        self.progress.say_the_usual();
        let end = match end {
            Ok(end) => end,
            Err(error) => {
                // Nobody reads the answer any more: the agent is not to go on either.
                self.service.stop();
                return Err(error);
            }
        };
        if std::mem::take(&mut self.is_asking) {
            // The question is moot, and its line still open.
            context.notes().trace(Verbosity::Quiet, "");
        }
        self.show_meanwhile()?;
        self.report.settle_tools(self.service.uses());
        let tokens = self.service.context_tokens();
        let code = self.conclude(end, question, session, context)?;
        if shows_usage {
            let usage = Usage { input_tokens: tokens, ..Usage::default() };
            let line = usage_line::of(&usage);
            let line = line.as_deref().unwrap_or("the workflow service reported no tokens");
            context.notes().note(line);
        }
        Ok(code)
    }

    fn drive(&mut self) -> anyhow::Result<End> {
        loop {
            if let Some(code) = self.interrupted.exit_code() {
                self.service.stop();
                return Ok(End::Interrupted(code));
            }
            self.show_meanwhile()?;
            match self.take_answer().unwrap_or_else(|| self.service.next_event()) {
                Ok(Event::End(_)) => return Ok(End::Well),
                Ok(Event::Ask(what)) => self.ask(tool_question(&what))?,
                Ok(Event::AskPlan(steps)) => self.ask(plan_question(&steps))?,
                Ok(event) if self.is_asking => self.meanwhile.push_back(event),
                Ok(event) => self.tell(event)?,
                Err(error) => return Ok(End::Badly(error)),
            }
        }
    }

    /// Shows what happened while somebody thought, once they do not.
    fn show_meanwhile(&mut self) -> anyhow::Result<()> {
        while !self.is_asking
            && let Some(event) = self.meanwhile.pop_front()
        {
            self.tell(event)?;
        }
        Ok(())
    }

    fn tell(&mut self, event: Event) -> anyhow::Result<()> {
        match &event {
            Event::Begun(what) => self.progress.say(&brief(what)),
            Event::Tool(_) => self.progress.say(AGENT),
            _ => {}
        }
        Ok(self.report.event(event)?)
    }

    /// Asks the person; without one the answer is no.
    fn ask(&mut self, question: String) -> anyhow::Result<()> {
        let Some(person) = &self.person else {
            self.service.answer(PersonAnswer::No)?;
            return Ok(());
        };
        self.report.make_way()?;
        self.wait = None;
        person.ask(question);
        self.is_asking = true;
        Ok(())
    }

    /// Passes on the person's answer, if there is one, and returns what comes of it.
    fn take_answer(&mut self) -> Option<Result<Event, WorkflowError>> {
        let answer = self.person.as_ref().filter(|_| self.is_asking)?.answer()?;
        self.is_asking = false;
        self.wait = Some(self.progress.wait());
        Some(self.service.answer(answer).map(|()| Event::Waiting))
    }

    fn conclude(
        mut self,
        end: End,
        goal: &str,
        session: &Session,
        context: &Context<'_>,
    ) -> anyhow::Result<u8> {
        let text = self.service.text();
        let status = self.service.status().as_str().to_owned();
        let denied = self.denied();
        let finish_reason = match (&end, &denied) {
            (_, Some(_)) => "tool_denied",
            (End::Well, None) => "stop",
            _ => "incomplete",
        };
        let context_tokens = self.service.context_tokens();
        let standing = Standing { text: &text, status: &status, finish_reason, context_tokens };
        if !matches!(end, End::Well) {
            self.tell_summary(context)?;
        }
        match (end, denied) {
            (End::Interrupted(code), _) => {
                self.report.result(standing, None, context)?;
                Ok(code)
            }
            (End::Well, denied) => {
                let by = (self.report.asked.model.id.as_str(), Some(self.report.asked.workflow_id));
                let kept = session.keep(by, goal.to_owned(), &text, context);
                let name = kept.as_ref().ok().and_then(|name| name.as_ref());
                self.report.result(standing, name.map(ToString::to_string).as_deref(), context)?;
                kept?;
                denied.map_or(Ok(0), |denied| Err(denied.into()))
            }
            (End::Badly(error), Some(denied)) => {
                context.notes().note(&error.to_string());
                self.report.result(standing, None, context)?;
                Err(denied.into())
            }
            (End::Badly(error), None) => {
                let partial = self.report.break_off(standing, context)?;
                let as_event = self.report.has_events();
                Err(anyhow::Error::from(error).context(BrokenAnswer {
                    partial,
                    as_event,
                    url: None,
                    request_id: None,
                }))
            }
        }
    }

    /// What the policy refused, where nobody was there to be asked.
    fn denied(&self) -> Option<ToolDenied> {
        if self.person.is_some() {
            return None;
        }
        let names = |counts: fn(&ToolUse) -> bool| -> Vec<String> {
            let refused = self.service.uses().iter().filter(|used| !used.allowed && counts(used));
            let names: BTreeSet<&String> = refused.map(|used| &used.name).collect();
            names.into_iter().cloned().collect()
        };
        let denied = ToolDenied { tools: names(|_| true), by_policy: names(|used| used.unasked) };
        (!denied.tools.is_empty()).then_some(denied)
    }

    fn tell_summary(&mut self, context: &Context<'_>) -> anyhow::Result<()> {
        self.report.make_way()?;
        if let Some(summary) = self.report.summary() {
            context.notes().note(&summary);
        }
        Ok(())
    }
}

fn tool_question(what: &str) -> String {
    format!("The agent wants to\n{what}\nAllow? [y]es once, [a]lways in this run, [N]o: ")
}

fn plan_question(steps: &[String]) -> String {
    let steps = steps.iter().zip(1..);
    let steps: Vec<String> =
        steps.map(|(step, number)| format!("{number}. {}", harmless(step, Keep::Line))).collect();
    format!("The agent plans to\n{}\nRun this plan? [y]es, [N]o: ", steps.join("\n"))
}
