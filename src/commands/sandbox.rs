//! `glduo sandbox`: a GitLab stand-in on this machine, for a command or until Ctrl-C.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitStatus};

use anyhow::Context as _;
use clap::Args;

use super::context::Context;
use crate::sandbox::{Plan, Sandbox};
use crate::system::environment::Environment;
use crate::system::temporary::TemporaryFolder;

/// A local stand-in for GitLab.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  glduo sandbox -- glduo mr list
  glduo sandbox -- sh -c 'glduo mr show 42 | glduo chat \"Summarise this\"'
  glduo sandbox --port 8080")]
pub(super) struct SandboxArgs {
    /// The port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,

    /// Run this command against the sandbox and end with its exit code
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(super) fn run(args: &SandboxArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    // It holds no token of the user's, and its command runs as it would without it.
    context.hardening().lift();
    let sandbox = Sandbox::start(Plan { port: args.port, ..Plan::default() })?;
    match args.command.split_first() {
        Some((program, rest)) => run_command(&sandbox, program, rest, context),
        None => serve(&sandbox, context),
    }
}

/// What a shell or a child needs to use the sandbox.
fn variables(sandbox: &Sandbox) -> [(&'static str, String); 6] {
    [
        ("GITLAB_INSTANCE_URL", sandbox.url().to_owned()),
        ("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url()),
        ("GITLAB_TOKEN", sandbox.token().to_owned()),
        ("GITLAB_REPO", sandbox.project().to_owned()),
        ("GITLAB_OAUTH_APP_ID", sandbox.application_id().to_owned()),
        ("GLDUO_SANDBOX_URL", sandbox.url().to_owned()),
    ]
}

fn serve(sandbox: &Sandbox, context: &Context<'_>) -> anyhow::Result<u8> {
    let lines = variables(sandbox).map(|(name, value)| format!("export {name}={value}\n"));
    context.write(lines.concat().as_bytes())?;
    context.notes().note(&format!(
        "the sandbox serves {} with invented data and a scripted model; Ctrl-C ends it",
        sandbox.url()
    ));
    context.notes().note("to try glduo connect against it: unset GITLAB_TOKEN, then glduo connect");
    loop {
        // Until a signal ends the process.
        std::thread::park();
    }
}

fn run_command(
    sandbox: &Sandbox,
    program: &OsStr,
    args: &[OsString],
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let folder = TemporaryFolder::new().context("no temporary folder for the sandbox")?;
    let mut command = Command::new(program);
    command.args(args);
    isolate(&mut command, context.env(), folder.path(), context.executable());
    command.envs(variables(sandbox));
    context.interrupts().leave_interrupt_to_child();
    let status = command.status();
    let status = status.with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
    Ok(exit_code(status))
}

/// Takes away what points at real instances, configurations, stores and proxies.
fn isolate(command: &mut Command, env: &Environment, folder: &Path, executable: Option<&Path>) {
    let names = env.iter().filter_map(|(name, _)| name.to_str());
    for name in names.filter(|name| points_elsewhere(name)) {
        command.env_remove(name);
    }
    for (name, below) in
        [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache")]
    {
        command.env(name, folder.join(below));
    }
    let own = executable.and_then(Path::parent).map(Path::as_os_str);
    let rest = env.get_os("PATH");
    let path: Vec<&OsStr> = own.into_iter().chain(rest).collect();
    command.env("PATH", path.join(OsStr::new(":")));
}

fn points_elsewhere(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper.starts_with("GITLAB_")
        || upper.starts_with("GLDUO_")
        || upper == "CI"
        || upper.starts_with("CI_")
        || matches!(
            upper.as_str(),
            "HTTP_PROXY"
                | "HTTPS_PROXY"
                | "ALL_PROXY"
                | "NO_PROXY"
                | "SSL_CERT_FILE"
                | "NODE_EXTRA_CA_CERTS"
        )
}

/// The child's own code; 128 and the signal's number where a signal ended it, as shells say.
fn exit_code(status: ExitStatus) -> u8 {
    let signal = || {
        #[cfg(unix)]
        {
            std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal)
        }
        #[cfg(not(unix))]
        {
            None
        }
    };
    let code = status.code().or_else(signal);
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
