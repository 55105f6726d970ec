//! The agent of one connection: takes the script on from where it stands, tool by tool, and
//! tells how far it is by snapshots.

use std::time::Duration;

use super::super::call::World;
use super::action::Call;
use super::answers::Answer;
use super::fields::Wrong;
use super::handshake::Opened;
use super::ledger::{Status, Workflow};
use super::report;
use super::script::{Done, Outcome, Surroundings, Turn};
use super::socket::{End, Event, Socket, invalid};
use super::start::{Start, Verdict};

/// Between two snapshots of a growing text: slow enough to be seen.
const PAUSE: Duration = Duration::from_millis(15);
/// Words by which a text grows.
const WORDS: usize = 8;

pub(super) struct Agent<'a, 'w> {
    pub(super) world: &'w World,
    pub(super) socket: &'a mut Socket<'w>,
    pub(super) workflow: Workflow,
    pub(super) turn: Turn,
    pub(super) start: &'a Start,
    pub(super) opened: &'a Opened,
}

impl Agent<'_, '_> {
    /// Works until the turn is over or the connection ends.
    pub(super) fn work(&mut self) -> Result<(), End> {
        let mut verdict = self.start.verdict.as_ref();
        if let Some(Verdict::Approved { tool, remember: true, .. }) = verdict {
            self.workflow.remembered.push(tool.clone());
        }
        self.workflow.status = Status::Running;
        self.world.workflows.set_status(self.workflow.id, Status::Running);
        self.show()?;
        while let Some(calls) = self.turn.next(self.surroundings()) {
            self.step(calls, verdict.take())?;
            self.turn.step += 1;
            self.show()?;
        }
        self.report()
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            has_shell: self.start.can("shell_command"),
            project: self.opened.project,
            repository: &self.start.git.url,
        }
    }

    /// Has tools used that go out at once.
    fn step(&mut self, calls: Vec<Call>, verdict: Option<&Verdict>) -> Result<(), End> {
        let privileges = &self.workflow.order.privileges;
        let may = |call: &Call| {
            let reads = call.privilege == 1 && !call.needs_approval && privileges.contains(&8);
            reads || privileges.contains(&call.privilege)
        };
        let (asked, others): (Vec<Call>, Vec<Call>) = calls.into_iter().partition(may);
        self.turn
            .done
            .extend(others.into_iter().map(|call| Done { call, outcome: Outcome::NotPrivileged }));
        if let (Some(Verdict::Rejected { message }), [call]) = (verdict, asked.as_slice()) {
            self.turn.waits = None;
            self.finish(call.clone(), Outcome::Rejected(message.clone()));
            return Ok(());
        }
        let waits = asked.iter().find(|call| verdict.is_none() && self.needs_approval(call));
        if let Some(call) = waits {
            return Err(self.ask_approval(call.clone()));
        }
        self.turn.waits = None;
        self.use_tools(asked)
    }

    fn needs_approval(&self, call: &Call) -> bool {
        let order = &self.workflow.order;
        call.needs_approval
            && !order.pre_approved.contains(&call.privilege)
            && ![&self.start.preapproved, &self.workflow.remembered]
                .iter()
                .any(|names| names.iter().any(|name| name == call.tool))
    }

    /// Asks, and ends the connection: the answer comes with the next one.
    fn ask_approval(&mut self, call: Call) -> End {
        let now = self.world.clock.now();
        self.workflow.log.push_request(&call, now);
        self.turn.waits = Some(call);
        self.workflow.status = Status::ToolApproval;
        self.show().err().unwrap_or_else(|| End::Close(1000, String::new()))
    }

    fn use_tools(&mut self, calls: Vec<Call>) -> Result<(), End> {
        let mut open = Vec::new();
        for call in calls {
            self.workflow.actions += 1;
            let id = format!("{:08x}-{:04}", self.workflow.id, self.workflow.actions);
            self.socket.send(&call.message(&id))?;
            open.push((id, call));
        }
        self.keep()?;
        // Whoever does not read while a tool runs has no pong for this.
        self.socket.ping()?;
        while !open.is_empty() {
            let Event::Answer(answer) = self.socket.event()? else {
                return Err(invalid("the workflow has started already"));
            };
            let answer = Answer::read(&answer)?;
            let at = open.iter().position(|(id, _)| *id == answer.request_id);
            let Some(at) = at else {
                return Err(invalid(&format!("no action {} waits", answer.request_id)));
            };
            let (_, call) = open.remove(at);
            if answer.is_http != call.is_http() {
                let wanted = if call.is_http() { "httpResponse" } else { "plainTextResponse" };
                return Err(Wrong::Missing(wanted.to_owned()).into());
            }
            self.finish(call, Outcome::Answered(answer.result));
        }
        Ok(())
    }

    fn finish(&mut self, call: Call, outcome: Outcome) {
        let result = match &outcome {
            Outcome::Answered(Ok(text)) => Ok(text.as_str()),
            Outcome::Answered(Err(text)) | Outcome::Rejected(text) => Err(text.as_str()),
            Outcome::NotPrivileged => Err("no privilege"),
        };
        self.workflow.log.push_tool(&call, result, self.world.clock.now());
        self.turn.done.push(Done { call, outcome });
    }

    /// Says what was done, in a text that grows, and ends the turn.
    fn report(&mut self) -> Result<(), End> {
        let text = report::text(self.world, &self.workflow, &self.turn, self.start, self.opened);
        let said_before = self.workflow.log.begin_agent(self.world.clock.now());
        let words: Vec<&str> = text.split_inclusive(' ').collect();
        let mut said = String::new();
        for words in words.chunks(WORDS) {
            said.extend(words.iter().copied());
            if said.len() <= said_before {
                continue;
            }
            self.workflow.log.set_agent(&said, false);
            self.show()?;
            self.socket.pause(PAUSE)?;
        }
        self.workflow.log.set_agent(&text, true);
        self.workflow.status = if self.workflow.order.definition == "chat" {
            Status::InputRequired
        } else {
            Status::Finished
        };
        self.show()
    }

    /// Keeps how far it is, and sends it.
    fn show(&mut self) -> Result<(), End> {
        self.keep()?;
        let message = self.workflow.log.message(self.workflow.status, &self.turn.goal);
        self.socket.send(&message)
    }

    fn keep(&mut self) -> Result<(), End> {
        self.workflow.turn = Some(self.turn.clone());
        // Somebody may have stopped it over REST.
        if self.world.workflows.keep(&self.workflow) { Ok(()) } else { Err(End::Stop) }
    }
}
