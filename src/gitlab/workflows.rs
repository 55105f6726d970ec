//! Workflows of the Duo Agent Platform: whether they may be started, where, and starting one
//! (GitLab's REST API, `/ai/duo_workflows`, undocumented; as published clients use it, 18.8).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Gitlab, GitlabError, JobToken};
use crate::http::{Accept, Client, Identity, Method, Request, Resend, Response, WebSocket};
use crate::model::address::{BaseUrl, Url};
use crate::model::project::ProjectRef;

const WHAT: &str = "a workflow";
/// The version of GitLab's own client by which the service recognizes what a client can do.
pub const CLIENT_VERSION: &str = "8.104.0";
/// The longest message of the socket in bytes, both ways.
pub const LONGEST_MESSAGE: usize = 4 << 20;
/// The most bytes taken of an answer that the service asked for.
const LARGEST_ANSWER: u64 = 4 << 20;

/// The project and the namespaces of a workflow; instances that manage themselves refuse calls
/// without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkflowPlace {
    /// The project.
    pub project: u64,
    /// The namespace that the project is in.
    pub namespace: u64,
    /// The top of it.
    pub root_namespace: u64,
}

/// Where the socket of a workflow is opened.
#[derive(Debug, Clone)]
pub struct WorkflowSocket {
    /// `chat` or `software_development`.
    pub definition: &'static str,
    /// The project and its namespaces.
    pub place: WorkflowPlace,
    /// What GitLab calls the model; `None` for its default.
    pub model: Option<String>,
}

/// A workflow as GitLab keeps it.
#[derive(Debug, Deserialize)]
pub struct WorkflowState {
    /// The project that it belongs to, if any.
    #[serde(default)]
    pub project_id: Option<u64>,
}

/// What a workflow is created with.
#[derive(Debug, Clone)]
pub struct NewWorkflow<'a> {
    /// `chat` or `software_development`.
    pub workflow_definition: &'a str,
    /// What it is to do.
    pub goal: &'a str,
    /// What the agent may do, by GitLab's numbers.
    pub agent_privileges: &'a [u8],
    /// Those of them that need no approval of GitLab's asking.
    pub pre_approved: &'a [u8],
    /// Whether the agent may stop to have its plan approved.
    pub asks_for_plan: bool,
}

/// How a workflow that waits for a decision continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowEvent {
    /// What it asked for is approved.
    Resume,
    /// It is not; the message says why, and the agent continues with it.
    Message,
    /// The workflow ends.
    Stop,
}

/// Privileges of a workflow, by GitLab's numbers.
const READ_WRITE_FILES: u8 = 1;
const READ_ONLY_FILES: u8 = 8;

#[derive(Deserialize)]
struct Project {
    id: u64,
    namespace: Namespace,
}

#[derive(Deserialize)]
struct Namespace {
    id: u64,
    full_path: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    parent_id: Option<u64>,
}

#[derive(Deserialize)]
struct Group {
    id: u64,
}

#[derive(Deserialize)]
struct Created {
    id: Value,
}

/// The same instance and account for requests on a thread of their own, which nobody waits for
/// any more once they are not wanted.
pub struct Apart {
    client: Client,
    instance: BaseUrl,
    identity: Identity,
}

impl Apart {
    /// The calls.
    pub fn gitlab(&self) -> Gitlab<'_> {
        Gitlab::new(&self.client, &self.instance, self.identity.clone())
    }
}

impl Gitlab<'_> {
    /// The same over a client of its own.
    pub fn apart(&self, client: Client) -> Apart {
        Apart { client, instance: self.instance.clone(), identity: self.identity.clone() }
    }

    /// Stops a workflow that no socket stands for.
    pub fn stop_workflow(&self, id: &str) -> Result<(), GitlabError> {
        let body = json!({ "status_event": "stop" });
        let request = self.workflow_request(&["workflows", id], &body, Resend::Never)?;
        self.send(&Request { method: Method::Patch, ..request }).map(|_| ())
    }

    /// The numbers of a project and its namespaces: one request, and a second one only if the
    /// project lies deeper than in a subgroup. `None` for a project in a personal namespace,
    /// which Duo workflows do not run in.
    pub fn workflow_place(
        &self,
        project: &ProjectRef,
    ) -> Result<Option<WorkflowPlace>, GitlabError> {
        let request = self.get(self.project_url(project, &[]), JobToken::Refused("a project"))?;
        let answer = self.send(&request)?;
        let Project { id, namespace } = super::decode("a project", &answer.body)?;
        if namespace.kind == "user" {
            return Ok(None);
        }
        let segments: Vec<&str> = namespace.full_path.split('/').collect();
        let root_namespace = match (segments.as_slice(), namespace.parent_id) {
            ([_, _], Some(parent)) => parent,
            ([root, _, ..], Some(_)) => {
                let url = self.instance.api(["groups", root]);
                let answer = self.send(&self.get(url, JobToken::Refused("a group"))?)?;
                super::decode::<Group>("a group", &answer.body)?.id
            }
            _ => namespace.id,
        };
        Ok(Some(WorkflowPlace { project: id, namespace: namespace.id, root_namespace }))
    }

    /// Asks whether this account may run workflows of that definition here. The tokens in the
    /// answer are not used.
    pub fn check_workflow_access(
        &self,
        definition: &str,
        place: WorkflowPlace,
    ) -> Result<(), GitlabError> {
        let body = json!({
            "workflow_definition": definition,
            "root_namespace_id": place.root_namespace.to_string(),
            "project_id": place.project,
        });
        let mut request = self.workflow_request(&["direct_access"], &body, Resend::WhenNotTaken)?;
        request.confidential = true;
        self.send(&request).map(|_| ())
    }

    /// Creates a workflow and returns its id, which the socket expects as text. An instance that
    /// does not know the privilege to read files only is asked once more with the one to read
    /// and write: its refusal created nothing, and the policy here decides on every write.
    pub fn create_workflow(
        &self,
        new: &NewWorkflow<'_>,
        place: WorkflowPlace,
    ) -> Result<String, GitlabError> {
        let created = self.create_workflow_with(new, place, new.agent_privileges, new.pre_approved);
        match created {
            Err(GitlabError::Refused(refusal))
                if refusal.status == 400
                    && refusal.words.contains("privilege")
                    && new.agent_privileges.contains(&READ_ONLY_FILES) =>
            {
                let [all, approved] =
                    [new.agent_privileges, new.pre_approved].map(without_read_only);
                self.create_workflow_with(new, place, &all, &approved)
            }
            created => created,
        }
    }

    fn create_workflow_with(
        &self,
        new: &NewWorkflow<'_>,
        place: WorkflowPlace,
        privileges: &[u8],
        pre_approved: &[u8],
    ) -> Result<String, GitlabError> {
        let body = json!({
            "project_id": place.project,
            "namespace_id": place.namespace,
            "goal": new.goal,
            "workflow_definition": new.workflow_definition,
            "environment": "ide",
            "agent_privileges": privileges,
            "pre_approved_agent_privileges": pre_approved,
            "allow_agent_to_request_user": new.asks_for_plan,
        });
        let request = self.workflow_request(&["workflows"], &body, Resend::Never)?;
        let answer = self.send(&request)?;
        match super::decode::<Created>(WHAT, &answer.body)?.id {
            Value::String(id) if !id.is_empty() => Ok(id),
            Value::Number(id) => Ok(id.to_string()),
            other => Err(GitlabError::Shape { what: WHAT, reason: format!("its id is {other}") }),
        }
    }

    /// Decides what a waiting workflow continues with. GitLab requires a message that is not
    /// empty.
    pub fn send_workflow_event(
        &self,
        id: &str,
        event: WorkflowEvent,
        message: &str,
    ) -> Result<(), GitlabError> {
        let event_type = match event {
            WorkflowEvent::Resume => "resume",
            WorkflowEvent::Message => "message",
            WorkflowEvent::Stop => "stop",
        };
        let body = json!({ "event_type": event_type, "message": message });
        let request = self.workflow_request(&["workflows", id, "events"], &body, Resend::Never)?;
        self.send(&request).map(|_| ())
    }

    /// Opens the socket of a workflow.
    pub fn open_workflow_socket(
        &self,
        socket: &WorkflowSocket,
        resend: Resend,
    ) -> Result<WebSocket, GitlabError> {
        self.check(JobToken::Refused("GitLab Duo"))?;
        let place = socket.place;
        let ids = [place.project, place.namespace, place.root_namespace].map(|id| id.to_string());
        let mut url = self.instance.api(["ai", "duo_workflows", "ws"]);
        {
            let mut query = url.query_pairs_mut();
            if let Some(model) = &socket.model {
                query.append_pair("user_selected_model_identifier", model);
            }
            query.append_pair("workflow_definition", socket.definition);
            for (name, id) in ["project_id", "namespace_id", "root_namespace_id"].iter().zip(&ids) {
                query.append_pair(name, id);
            }
        }
        let [project, namespace, root_namespace] = ids;
        let headers = [
            ("x-gitlab-client-type", "node-websocket".to_owned()),
            ("x-gitlab-language-server-version", CLIENT_VERSION.to_owned()),
            ("x-gitlab-project-id", project),
            ("x-gitlab-namespace-id", namespace),
            ("x-gitlab-root-namespace-id", root_namespace),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        let request = Request { headers, accept: Accept::Text, resend, ..Request::get(url) };
        Ok(self.client.open_websocket(&self.identity.sign(request), LONGEST_MESSAGE)?)
    }

    /// Finds a workflow; `None` if GitLab has none of that id, or cannot tell.
    pub fn workflow(&self, id: &str) -> Result<Option<WorkflowState>, GitlabError> {
        let url = self.instance.api(["ai", "duo_workflows", "workflows", id]);
        match self.send(&self.get(url, JobToken::Refused("GitLab Duo"))?) {
            Ok(answer) => Ok(Some(super::decode(WHAT, &answer.body)?)),
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends what the service asked to have sent to the instance's API in the user's name:
    /// whoever calls this has checked the address and asked the policy. Never sent twice.
    pub fn request_for_workflow(
        &self,
        method: &str,
        url: Url,
        body: Option<&str>,
    ) -> Result<Response, GitlabError> {
        let method = match method.to_ascii_uppercase().as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            other => {
                let reason = format!("{other} is not sent");
                return Err(GitlabError::Shape { what: "a request", reason });
            }
        };
        let body = body.filter(|_| method != Method::Get);
        let request = Request {
            method,
            body: body.map(|body| ("application/json", body.as_bytes().to_vec())),
            accept: Accept::Text,
            resend: Resend::Never,
            limit: LARGEST_ANSWER,
            ..Request::get(url)
        };
        self.send(&self.identity.sign(request))
    }

    fn workflow_request(
        &self,
        below: &[&str],
        body: &Value,
        resend: Resend,
    ) -> Result<Request, GitlabError> {
        self.check(JobToken::Refused("GitLab Duo"))?;
        let path = ["ai", "duo_workflows"].into_iter().chain(below.iter().copied());
        let url = self.instance.api(path);
        Ok(self.identity.sign(Request::post_json(url, body.to_string().into_bytes(), resend)))
    }
}

fn without_read_only(privileges: &[u8]) -> Vec<u8> {
    let one = |number: &u8| if *number == READ_ONLY_FILES { READ_WRITE_FILES } else { *number };
    let mut all: Vec<u8> = privileges.iter().map(one).collect();
    all.sort_unstable();
    all.dedup();
    all
}
