//! `glduo connect`: the three ways to log in.

use std::io::{self, Read as _};
use std::time::Duration;

use super::LoginArgs;
use super::status;
use crate::auth::{
    Application, AuthError, BrowserLogin, Connection, DeviceLogin, Event, Farewell, TokenKind,
    inspect, kind_of, needs_person,
};
use crate::commands::context::Context;
use crate::commands::credential::end_of;
use crate::commands::usage::UsageError;
use crate::config::Setting;
use crate::gitlab::{Refusal, RefusalKind};
use crate::http::Identity;
use crate::model::address::BaseUrl;
use crate::model::scopes::Abilities;
use crate::model::secret::{BadToken, Secret};
use crate::system::progress::{Progress, Wait};
use crate::view::output::Format;

/// How long a login is waited for.
const DEFAULT_WAIT: Duration = Duration::from_mins(5);

/// The token that was given cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("the token cannot be used: {0}")]
pub(crate) struct UnusableToken(#[source] BadToken);

enum Way {
    Browser,
    Device,
    Token,
}

pub(super) fn run(args: &LoginArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    let way = way(args, context)?;
    let mut printer = context.printer()?;
    let store = context.store();
    let (connection, browser) = match way {
        Way::Token => {
            let token = token(context)?;
            (of_token(token, context)?, None)
        }
        Way::Browser => {
            needs_person(context.env())?;
            store.probe_writable(context.clock())?;
            let (connection, browser) = in_browser(args, context)?;
            (connection, Some(browser))
        }
        Way::Device => {
            needs_person(context.env())?;
            store.probe_writable(context.clock())?;
            (on_device(args, context)?, None)
        }
    };
    let connection = if args.no_verify { connection } else { verified(connection, context)? };
    store.connect(&connection, context.clock())?;
    if let Some(browser) = browser {
        browser.logged_in(&connection);
    }
    announce(&connection, args.no_verify, context)?;
    if printer.format() != Format::Table {
        let status = status::of_connection(&connection, context)?;
        printer.object(serde_json::to_string(&status)?.as_bytes(), &[])?;
    }
    Ok(0)
}

fn way(args: &LoginArgs, context: &mut Context<'_>) -> anyhow::Result<Way> {
    if args.token {
        return Ok(Way::Token);
    }
    if args.device {
        return Ok(Way::Device);
    }
    if args.oauth || args.no_browser || args.callback_url.is_some() || args.scopes.is_some() {
        return Ok(Way::Browser);
    }
    if !context.can_prompt()? {
        return Err(UsageError::new(
            "nobody is there to be asked how to connect",
            "say it: glduo connect --token < FILE, --device or --oauth",
        )
        .into());
    }
    let instance = context.settings()?.instance.value.clone();
    let app_id = context.settings()?.oauth.app_id.as_ref().map(|id| id.value.as_str());
    let is_known = Application::is_known(&instance, app_id);
    let (ways, entries) = if is_known {
        let entries = "1  in the browser\n  2  with a code on another device\n  3  with a personal access token".to_owned();
        ([Way::Browser, Way::Device, Way::Token], entries)
    } else {
        let needs = "needs an OAuth application: GITLAB_OAUTH_APP_ID";
        let entries = format!(
            "1  with a personal access token; create one at\n     {}\n  2  in the browser ({needs})\n  3  with a code on another device ({needs})",
            token_page(&instance)
        );
        ([Way::Token, Way::Browser, Way::Device], entries)
    };
    let question =
        format!("How do you want to connect to {instance}?\n  {entries}\nYour choice [1]: ");
    let [first, second, third] = ways;
    match answered(context.ask(&question))?.trim() {
        "" | "1" => Ok(first),
        "2" => Ok(second),
        "3" => Ok(third),
        other => Err(UsageError::new(
            format!("{other:?} is none of the ways"),
            "answer 1, 2 or 3, or say it with --oauth, --device or --token",
        )
        .into()),
    }
}

/// Who ends the input instead of answering wants none of it.
fn answered(answer: io::Result<String>) -> anyhow::Result<String> {
    match answer {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(UsageError::new(
            "the question was left without an answer",
            "answer it, or say it: glduo connect --token < FILE, --device or --oauth",
        )
        .into()),
        answer => Ok(answer?),
    }
}

/// The page that creates a token, with name and scope filled in.
fn token_page(instance: &BaseUrl) -> String {
    format!("{instance}/-/user_settings/personal_access_tokens?name=glduo&scopes=api")
}

/// From a person without showing it, else from standard input.
fn token(context: &mut Context<'_>) -> anyhow::Result<Secret> {
    let text = if context.can_prompt()? {
        let instance = context.settings()?.instance.value.clone();
        context.notes().note(&format!("create a token at {}", token_page(&instance)));
        answered(context.ask_hidden("Token: "))?
    } else if context.terminal().stdin {
        return Err(UsageError::new(
            "nobody is there to be asked for the token",
            "give it on standard input: glduo connect --token < FILE",
        )
        .into());
    } else {
        let mut bytes = Vec::new();
        if let Some(stdin) = context.take_stdin() {
            stdin.take(Secret::LONGEST_TOKEN as u64 + 1).read_to_end(&mut bytes)?;
        }
        // The rest was not read, and half a token is none.
        if bytes.len() > Secret::LONGEST_TOKEN {
            return Err(UnusableToken(BadToken::TooLong).into());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let token = Secret::from_token_text(&text).map_err(UnusableToken)?;
    context.notes().redactor().learn(&token);
    Ok(token)
}

fn of_token(token: Secret, context: &Context<'_>) -> anyhow::Result<Connection> {
    let instance = context.settings()?.instance.value.clone();
    let kind = kind_of(token.expose()).unwrap_or(TokenKind::PersonalAccessToken);
    Ok(Connection::of_token(instance, kind, token, context.clock().now()))
}

fn in_browser(args: &LoginArgs, context: &Context<'_>) -> anyhow::Result<(Connection, Farewell)> {
    let settings = context.settings()?;
    let instance = &settings.instance.value;
    let (application, scopes) = application(args, context)?;
    let login = BrowserLogin::start(instance, application, &scopes, context.notes().redactor())?;
    let opened = !args.no_browser
        && context.browser().is_available()
        && context.browser().open(login.url()).is_ok();
    if opened {
        context.notes().note(&format!("your browser asks whether {instance} may let glduo in"));
        context.notes().note(&format!("if it does not open, go to {}", login.url()));
    } else {
        context.notes().important(&format!(
            "open this address in a browser on this machine:\n{}",
            login.url()
        ));
        context.notes().note("with a browser on another machine only: glduo connect --device");
    }
    let limit = args.wait.unwrap_or(DEFAULT_WAIT);
    let consent = {
        let watch = Watch::new(context);
        login.wait(limit, context.clock(), &mut |event| watch.tell(event))?
    };
    Ok(consent.exchange(&context.server(instance)?)?)
}

fn on_device(args: &LoginArgs, context: &Context<'_>) -> anyhow::Result<Connection> {
    let settings = context.settings()?;
    let server = context.server(&settings.instance.value)?;
    let (application, scopes) = application(args, context)?;
    let login = DeviceLogin::start(&server, application, &scopes)?;
    context.notes().important(&format!(
        "open {} on any device and enter the code {}",
        login.page(),
        login.user_code()
    ));
    let limit = args.wait.unwrap_or(DEFAULT_WAIT);
    let watch = Watch::new(context);
    Ok(login.wait(&server, limit, &mut |event| watch.tell(event))?)
}

/// The application and the scopes, from flags first.
fn application(
    args: &LoginArgs,
    context: &Context<'_>,
) -> anyhow::Result<(Application, Vec<String>)> {
    let settings = context.settings()?;
    let oauth = &settings.oauth;
    let scopes = match &args.scopes {
        Some(text) => scopes_of(text)?,
        None => oauth.scopes.value.clone(),
    };
    let callback_url = args.callback_url.as_ref().unwrap_or(&oauth.callback_url.value);
    let application = Application::settle(
        &settings.instance.value,
        oauth.app_id.as_ref().map(|id| id.value.as_str()),
        oauth.app_secret.as_ref().map(|Setting { value, .. }| value.clone()),
        callback_url,
        &scopes,
    )?;
    Ok((application, scopes))
}

/// Without any GitLab would give the application's own, which may be more than was meant.
fn scopes_of(text: &str) -> Result<Vec<String>, UsageError> {
    let scopes = text.split([' ', ',']).filter(|scope| !scope.is_empty());
    let scopes: Vec<String> = scopes.map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(UsageError::new(
            "--scopes names no scope",
            "name some, as in --scopes \"ai_features read_api\", or leave it out",
        ));
    }
    Ok(scopes)
}

/// The connection with what GitLab tells of its token. One that GitLab does not take is an
/// error, and nothing is kept.
fn verified(connection: Connection, context: &Context<'_>) -> anyhow::Result<Connection> {
    use RefusalKind::{Forbidden, InsufficientScope, TokenExpired, Unauthenticated};
    let server = context.server(&connection.instance)?;
    let identity = Identity::new(connection.credential(), None);
    let kind = connection.renewal.as_ref().map(|_| connection.kind);
    let error = match inspect(&server, &identity, kind) {
        Ok(facts) => return Ok(facts.complete(connection)),
        Err(error) => error,
    };
    let refused = match &error {
        AuthError::Http(error) => Refusal::read(error).map(|refusal| refusal.kind),
        _ => None,
    };
    let is_given = connection.renewal.is_none();
    match (error, refused) {
        (AuthError::Http(error), Some(Unauthenticated | TokenExpired)) if is_given => {
            let (instance, error) = (connection.instance, Box::new(error));
            Err(AuthError::TokenNotTaken { instance, error }.into())
        }
        (error, Some(Unauthenticated | TokenExpired | InsufficientScope | Forbidden)) => {
            Err(error.into())
        }
        (error, _) if is_given => Err(error.into()),
        (error, _) => {
            // GitLab has just made this session; trouble with a question about it ends nothing.
            context.notes().warn(&format!("whose session it is could not be asked: {error}"));
            Ok(connection)
        }
    }
}

/// Who, where, which scopes, and what those cannot serve.
fn announce(connection: &Connection, no_verify: bool, context: &Context<'_>) -> anyhow::Result<()> {
    let who = connection.username.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
    let scopes = connection.scopes.as_ref().map(|scopes| format!(", scopes {}", scopes.join(" ")));
    let lacks = match not_covered(connection, no_verify).as_slice() {
        [] => String::new(),
        missing => format!(" ({})", missing.join("; ")),
    };
    let instance = &connection.instance;
    let scopes = scopes.unwrap_or_default();
    let unchecked = if no_verify { " (not checked)" } else { "" };
    context.notes().note(&format!("connected to {instance}{who}{scopes}{lacks}{unchecked}"));
    let then = "glduo connect --token takes a new one";
    let search = context.credentials()?;
    search.tell_of_end(instance, end_of(connection), then);
    if let Some(variable) = search.variable_in_use() {
        let words = "is set and takes precedence over the stored connection";
        context.notes().note(&format!("{variable} {words}"));
    }
    Ok(())
}

/// The commands that the scopes do not cover, and what these need.
fn not_covered(connection: &Connection, no_verify: bool) -> Vec<&'static str> {
    if connection.scopes.is_none() && !no_verify {
        let unknown = "GitLab does not tell its permissions; see glduo help environment";
        return vec![unknown];
    }
    let abilities = Abilities::from_scopes(connection.scopes.as_deref());
    let covered = [
        (abilities.chat, "chat needs ai_features or api"),
        (abilities.read, "mr, issue and pipeline need read_api"),
        (abilities.write, "note, review and workflow models need api"),
    ];
    covered.into_iter().filter(|(can, _)| *can == Some(false)).map(|(_, words)| words).collect()
}

/// Tells who is watching what the wait is about.
struct Watch<'c> {
    context: &'c Context<'c>,
    progress: Progress,
    _wait: Wait,
}

impl<'c> Watch<'c> {
    fn new(context: &'c Context<'c>) -> Self {
        let progress = context.progress();
        Self { context, _wait: progress.wait(), progress }
    }

    fn tell(&self, event: Event) {
        match event {
            Event::Waiting { left } => {
                let (minutes, seconds) = (left.as_secs() / 60, left.as_secs() % 60);
                self.progress.say(&format!("waiting for the login, {minutes}:{seconds:02} left"));
            }
            Event::Ignored(why) => {
                self.note(&format!("a request to the callback was ignored: {why}"));
            }
            Event::IgnoringSilently => {
                self.note("further such requests are ignored without a word");
            }
            Event::SlowingDown { interval } => {
                self.note(&format!("GitLab asks for patience: now every {} s", interval.as_secs()));
            }
            Event::AskingAgain => self.note("GitLab did not answer; asking again"),
        }
    }

    fn note(&self, text: &str) {
        self.context.notes().note(text);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.progress.say_the_usual();
    }
}
