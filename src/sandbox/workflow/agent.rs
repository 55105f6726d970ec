//! The agents of one connection: they take a workflow on from its last saved step, message by
//! message of the model, and show it in checkpoints.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::call::World;
use super::super::projects;
use super::events::{Approval, Event, Start};
use super::handshake::Opened;
use super::ledger::{Status, Workflow};
use super::log::checkpoint;
use super::report;
use super::script::{Message, Outcome, Trouble};
use super::socket::{End, Socket};
use super::tools::Call;

/// The least time between two checkpoints of a growing text.
const PAUSE: Duration = Duration::from_millis(15);
/// Words by which a text grows.
const WORDS: usize = 8;
const LARGEST_CONTEXT: u64 = 1_000_000;
const PLAN_REQUEST: &str = "Review the proposed plan. Then ask questions or request changes. To execute the plan, select Approve plan.";

/// The kinds of flows, which differ in how they ask and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Chat,
    Development,
    /// A flow of the registry, of which there is one that asks for approval of its plan.
    Registry,
}

/// How a run continues that waited or was cut off.
enum Decision {
    Approved,
    /// With the person's words, instead of what waits; they may be empty.
    Said(String),
    Stopped,
    /// `software_development` has no event to read.
    Missing,
}

pub(super) struct Agent<'a, 'w> {
    pub(super) world: &'w World,
    socket: &'a mut Socket<'w>,
    pub(super) workflow: Workflow,
    pub(super) start: &'a Start,
    pub(super) opened: &'a Opened,
    flow: Flow,
    /// The state as checkpoints show it.
    status: &'static str,
    /// The entry with which the next checkpoint begins, for clients with `incremental_streaming`.
    last_sent: Option<String>,
    /// The agent entry that was streamed last.
    streamed: Option<String>,
}

impl<'a, 'w> Agent<'a, 'w> {
    pub(super) fn new(
        world: &'w World,
        socket: &'a mut Socket<'w>,
        workflow: Workflow,
        start: &'a Start,
        opened: &'a Opened,
    ) -> Self {
        let flow = match start.definition().as_str() {
            "chat" => Flow::Chat,
            "software_development" => Flow::Development,
            _ => Flow::Registry,
        };
        let (last_sent, streamed) = (None, None);
        let status = "CREATED";
        Self { world, socket, workflow, start, opened, flow, status, last_sent, streamed }
    }

    /// Works until the turn is over, a person must decide, or the connection ends.
    pub(super) fn work(mut self) -> Result<(), End> {
        let before = self.workflow.status;
        let event = match before {
            Status::Created => "start",
            waiting if waiting.is_waiting() => "resume",
            _ => "retry",
        };
        // A finished workflow never continues.
        self.fire(event)?;
        match before {
            Status::Created => self.begin()?,
            _ => self.resume(before)?,
        }
        loop {
            let message = self.workflow.turn.message(self.flow == Flow::Development);
            self.take_message(message)?;
            self.end_step()?;
        }
    }

    fn begin(&mut self) -> Result<(), End> {
        self.begin_turn();
        let goal = self.start.goal.as_str();
        if self.flow == Flow::Development {
            let words = format!("Starting workflow with goal: {goal}");
            self.workflow.log.push("tool", &self.id("tool"), &words, self.world.clock.now());
        } else {
            self.push_user(goal);
        }
        self.save()?;
        self.show()
    }

    fn begin_turn(&mut self) {
        let turn = std::mem::take(&mut self.workflow.turn);
        self.workflow.turn = turn.begin(&self.start.goal);
        self.workflow.turns += 1;
    }

    /// A chat and the registry's flows are told what to do by the start request,
    /// `software_development` by events over REST.
    fn decision(&self) -> Decision {
        if self.flow != Flow::Development {
            return match &self.start.approval {
                Some(Approval::Approval {}) => Decision::Approved,
                Some(Approval::Rejection { message }) => Decision::Said(message.clone()),
                None => Decision::Said(self.start.goal.clone()),
            };
        }
        let event = self.world.workflows.change(self.workflow.id, |saved| {
            (!saved.events.is_empty()).then(|| saved.events.remove(0))
        });
        match event.flatten() {
            None => Decision::Missing,
            Some((kind, _)) if kind == "resume" => Decision::Approved,
            Some((kind, _)) if kind == "stop" => Decision::Stopped,
            Some((_, message)) => Decision::Said(message),
        }
    }

    fn resume(&mut self, before: Status) -> Result<(), End> {
        self.status = "RUNNING";
        if self.flow == Flow::Chat && before == Status::Running && self.workflow.is_in_tool {
            // The service fails a chat that lost its client inside a tool.
            return Err(End::Fail(1000, String::new()));
        }
        let Some((message, status)) = self.workflow.waits.take() else {
            let is_told = !self.start.goal.is_empty() || self.start.approval.is_some();
            if self.flow == Flow::Registry && !is_told {
                return Err(End::Close(4400, "The flow waits for input".to_owned()));
            }
            if self.flow == Flow::Chat && !self.start.goal.is_empty() {
                self.begin_turn();
                self.push_user(&self.start.goal);
            }
            return self.show();
        };
        match self.decision() {
            Decision::Missing => {
                self.status = status;
                self.show()?;
                Err(End::normal())
            }
            Decision::Stopped => {
                self.status = "STOPPED";
                self.fire("stop")?;
                self.show()?;
                Err(End::normal())
            }
            Decision::Approved => {
                if self.flow == Flow::Chat && !self.start.goal.is_empty() {
                    // A goal beside an approval is a second question.
                    self.push_user(&self.start.goal);
                }
                self.show()?;
                if self.asks_for_plan() {
                    self.workflow.plan_is_approved = true;
                    return Ok(());
                }
                self.run_calls(message)?;
                self.end_step()
            }
            Decision::Said(words) => {
                if !words.is_empty() {
                    self.push_user(&words);
                }
                self.show()?;
                if self.asks_for_plan() {
                    return Ok(());
                }
                let outcome = Outcome::Rejected(words);
                let calls = message.calls.into_iter().map(|call| (call, outcome.clone()));
                self.workflow.turn.done.extend(calls);
                self.end_step()
            }
        }
    }

    /// Whether the plan is still to be approved.
    fn asks_for_plan(&self) -> bool {
        let order = &self.workflow.order;
        self.flow == Flow::Development && order.may_ask && !self.workflow.plan_is_approved
    }

    /// One message of the model. A chat shows it as it grows, the other flows when its calls are
    /// done.
    fn take_message(&mut self, mut message: Message) -> Result<(), End> {
        if message.trouble == Some(Trouble::Failure) {
            return Err(End::Fail(1000, String::new()));
        }
        if message.is_report {
            message.say = report::text(self);
        }
        match (self.flow, self.workflow.turn.step) {
            (Flow::Chat, _) => "Chat Agent".clone_into(&mut message.agent),
            (Flow::Development, _) => {}
            (Flow::Registry, 0) => "context_builder".clone_into(&mut message.agent),
            (Flow::Registry, _) => "planner".clone_into(&mut message.agent),
        }
        self.count_tokens(&message.agent, &message.say);
        if self.flow == Flow::Chat {
            self.stream(&message)?;
        } else {
            self.show()?;
        }
        if message.agent == "executor" && self.asks_for_plan() {
            let (id, now) = (self.id("request"), self.world.clock.now());
            self.workflow.log.push("request", &id, PLAN_REQUEST, now);
            return Err(self.wait(message, "PLAN_APPROVAL_REQUIRED", "require_plan_approval"));
        }
        match message.trouble {
            Some(Trouble::Retracted) => {
                self.workflow.log.0.pop();
                return Ok(());
            }
            Some(Trouble::Shutdown) => {
                // The model goes on behind what it said, whatever was saved.
                self.world.workflows.change(self.workflow.id, |saved| saved.turn.step += 1);
                return Err(End::Close(1001, "server shutdown".to_owned()));
            }
            _ => {}
        }
        if message.calls.is_empty() {
            return self.end_message(&message);
        }
        message.calls = message.calls.into_iter().map(|call| call.fitted_to(self.start)).collect();
        self.ask_approval(&message)?;
        self.run_calls(message)
    }

    fn stream(&mut self, message: &Message) -> Result<(), End> {
        if message.say.is_empty() {
            return Ok(());
        }
        let id = self.id("lc_run-");
        self.workflow.log.push("agent", &id, "", self.world.clock.now());
        self.streamed = Some(id);
        let words: Vec<&str> = message.say.split_inclusive(' ').collect();
        let mut said = String::new();
        for words in words.chunks(WORDS) {
            said.extend(words.iter().copied());
            self.workflow.log.set_agent(&said, false);
            self.show()?;
            self.socket.pause(PAUSE)?;
        }
        self.workflow.log.set_agent(&said, true);
        Ok(())
    }

    /// A message without calls ends the turn, or in `software_development` the agent's part.
    fn end_message(&mut self, message: &Message) -> Result<(), End> {
        self.push_agent(message);
        let is_part = match self.flow {
            Flow::Chat => false,
            Flow::Development => message.agent == "context_builder",
            Flow::Registry => self.workflow.turn.step == 0,
        };
        if is_part {
            self.status = if self.flow == Flow::Development { "RUNNING" } else { self.status };
            return self.show();
        }
        let asks = self.flow == Flow::Registry && self.workflow.turn.step == 1;
        if asks {
            let (id, now) = (self.id("request"), self.world.clock.now());
            let words = "I've created an implementation plan. Please review and approve.";
            self.workflow.log.push("request", &id, words, now)["message_sub_type"] =
                json!("approval");
        }
        self.end_step()?;
        if self.flow == Flow::Chat || asks {
            // A waiting state is saved before it is shown, a final one after it.
            self.status = "INPUT_REQUIRED";
            self.fire("require_input")?;
            self.show()?;
        } else {
            self.status = "FINISHED";
            self.show()?;
            self.fire("finish")?;
        }
        Err(End::normal())
    }

    /// What the agent says, unless it was streamed.
    fn push_agent(&mut self, message: &Message) {
        if self.flow != Flow::Chat && !message.say.is_empty() {
            let id = self.id("lc_run-");
            self.workflow.log.push("agent", &id, &message.say, self.world.clock.now());
        }
    }

    /// Asks for approval of a message whose calls need it, and ends the connection: the decision
    /// comes with the next one.
    fn ask_approval(&mut self, message: &Message) -> Result<(), End> {
        let calls = message.calls.iter().enumerate();
        let asked: Vec<_> = calls.filter(|(_, call)| self.needs_approval(call)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let now = self.world.clock.now();
        for (index, call) in asked {
            let words = format!(
                "Tool {} requires approval. Please confirm if you want to proceed.",
                call.tool
            );
            let id = self.workflow.turn.call_id(index);
            self.workflow.log.push("request", &id, &words, now)["tool_info"] =
                json!({ "name": call.tool, "args": call.arguments });
        }
        let status = "TOOL_CALL_APPROVAL_REQUIRED";
        Err(self.wait(message.clone(), status, "require_tool_call_approval"))
    }

    fn needs_approval(&self, call: &Call) -> bool {
        let Some(privileges) = self.privileges(call) else { return false };
        let is_named = || self.start.preapproved_tools.contains(&call.tool);
        !(call.is_about_plan()
            || privileges.iter().any(|one| self.workflow.order.pre_approved.contains(one))
            // Only chat reads these names.
            || self.flow == Flow::Chat && is_named())
    }

    /// The privileges of which one is enough; `None` if the agent does not have the tool.
    fn privileges(&self, call: &Call) -> Option<&'static [u64]> {
        let privileges = call.privileges(self.start)?;
        let has = |one: &u64| self.workflow.order.privileges.contains(one);
        (privileges.is_empty() || privileges.iter().any(has)).then_some(privileges)
    }

    fn wait(&mut self, message: Message, status: &'static str, event: &str) -> End {
        self.workflow.waits = Some((message, status));
        self.status = status;
        let saved = self.save().and_then(|()| self.fire(event)).and_then(|()| self.show());
        saved.err().unwrap_or_else(End::normal)
    }

    /// Runs the calls of one message, each after the previous one was answered.
    fn run_calls(&mut self, message: Message) -> Result<(), End> {
        if self.flow == Flow::Chat {
            self.status = "RUNNING";
            self.show_with(&message.calls)?;
        }
        self.push_agent(&message);
        for (index, mut call) in message.calls.into_iter().enumerate() {
            if self.privileges(&call).is_none() {
                self.workflow.turn.done.push((call, Outcome::Missing));
                continue;
            }
            let result = match (call.refusal(), call.action(self.start)) {
                (Some(refusal), _) => Ok(refusal),
                (None, Some((name, fields))) => self.act(name, &fields)?,
                (None, None) => Ok(self.serve(&mut call)),
            };
            let (Ok(text) | Err(text)) = &result;
            self.count_tokens(&message.agent, text);
            let (id, now) = (self.workflow.turn.call_id(index), self.world.clock.now());
            self.workflow.log.push_tool(&call, &id, Some(&result), now);
            self.workflow.turn.done.push((call, Outcome::Answered(result)));
        }
        self.show()
    }

    /// Has the client do something, and waits for the answer.
    fn act(&mut self, name: &str, fields: &Value) -> Result<Result<String, String>, End> {
        let request_id = self.world.workflows.uuid();
        let set_in_tool = |is_in_tool| {
            let id = self.workflow.id;
            self.world.workflows.change(id, |saved| saved.is_in_tool = is_in_tool);
        };
        set_in_tool(true);
        self.socket.send(&json!({ "requestID": request_id, name: fields }))?;
        // A client that does not read while a tool runs has no pong for this.
        self.socket.ping()?;
        loop {
            match self.socket.event()? {
                Event::Answer(answer)
                    if answer.request_id == request_id || answer.request_id.is_empty() =>
                {
                    set_in_tool(false);
                    return Ok(answer.result());
                }
                Event::Stop => return Err(End::Stop),
                Event::Answer(_) | Event::Start(_) | Event::Nothing => {}
            }
        }
    }

    /// What the service does without the client.
    fn serve(&mut self, call: &mut Call) -> String {
        let plan = &mut self.workflow.plan;
        match call.tool.as_str() {
            "create_plan" => {
                let tasks = call.arguments["tasks"].as_array().into_iter().flatten();
                let tasks = tasks.filter_map(Value::as_str);
                *plan = tasks.map(|task| (task.to_owned(), "Not Started".to_owned())).collect();
            }
            "set_task_status" => {
                let number = call.text("task").trim_start_matches("task-").parse().ok();
                if let Some((_, status)) = number.and_then(|at: usize| plan.get_mut(at)) {
                    call.text("status").clone_into(status);
                }
            }
            _ => {
                let id = self.workflow.order.project.unwrap_or_default();
                let project = self.world.project(id);
                call.arguments["project_id"] = json!(id);
                // The service adds it for the person, and the tool does not know it.
                call.arguments["project_name"] = json!(project.map(|project| &project.name));
                return project.map(|one| projects::to_json(self.world, one)).unwrap_or_default();
            }
        }
        "done".to_owned()
    }

    fn push_user(&mut self, text: &str) {
        let (id, now) = (self.id("user"), self.world.clock.now());
        self.workflow.log.push_user(&id, text, &self.start.additional_context, now);
        if self.flow == Flow::Chat {
            self.count_tokens("Chat Agent", text);
        }
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.world.workflows.uuid())
    }

    /// Adds about as many tokens as a text has.
    fn count_tokens(&mut self, agent: &str, text: &str) {
        let tokens = self.workflow.tokens.entry(agent.to_owned()).or_insert(5);
        *tokens += u64::try_from(text.len() / 4 + 1).unwrap_or_default();
    }

    /// Shows the conversation as it stands.
    fn show(&mut self) -> Result<(), End> {
        self.show_with(&[])
    }

    /// Shows it with calls that are about to run, to clients with `tool_call_streaming`.
    fn show_with(&mut self, calls: &[Call]) -> Result<(), End> {
        let mut log = self.workflow.log.clone();
        let pending = calls.iter().filter(|_| self.start.can("tool_call_streaming"));
        for (index, call) in pending.enumerate() {
            let id = self.workflow.turn.call_id(index);
            log.push_tool(call, &id, None, self.world.clock.now());
        }
        let mut entries = log.0.as_slice();
        if self.start.can("incremental_streaming") {
            let is_last = |entry: &Value| entry["message_id"].as_str() == self.last_sent.as_deref();
            let last = entries.last().and_then(|entry| entry["message_id"].as_str());
            let last = self.streamed.clone().or_else(|| last.map(str::to_owned));
            entries = &entries[entries.iter().position(is_last).unwrap_or_default()..];
            self.last_sent = last;
        }
        let plan = self.workflow.plan.iter().enumerate().map(|(index, (task, status))| {
            json!({ "id": format!("task-{index}"), "description": task, "status": status })
        });
        let channels = json!({
            "ui_chat_log": entries,
            "plan": { "steps": plan.collect::<Vec<_>>() },
            "node_events": [{ "run_id": "01a21e68", "component": "agent", "phase": "started" }],
        });
        let usage = self.workflow.tokens.iter().map(|(agent, tokens)| {
            (agent.clone(), json!({ "total_tokens": tokens, "max_tokens": LARGEST_CONTEXT }))
        });
        let usage = Value::Object(usage.collect());
        let message = checkpoint(self.world, self.status, &channels, &self.start.goal, &usage);
        self.socket.send(&message)
    }

    fn end_step(&mut self) -> Result<(), End> {
        self.workflow.turn.step += 1;
        self.save()
    }

    /// Saves the step, unless the workflow was stopped over REST.
    fn save(&mut self) -> Result<(), End> {
        self.world.workflows.save(&self.workflow);
        let status = self.world.workflows.status(self.workflow.id);
        if status.is_some_and(Status::is_over) { Err(End::Stop) } else { Ok(()) }
    }

    /// Moves the workflow on; the run fails if the event does not fit.
    fn fire(&mut self, event: &str) -> Result<(), End> {
        let fired = self.world.workflows.fire(self.workflow.id, event);
        fired.map_err(|_| End::Fail(1000, String::new()))
    }
}
