//! `glduo connect`: getting a credential and keeping it.

mod list;
mod login;
mod logout;
mod status;
mod token;

use std::time::Duration;

use clap::{Args, Subcommand};

use super::context::Context;
use super::globals::parse_duration;
use super::usage::UsageError;

pub(crate) use login::UnusableToken;

/// Log in to a GitLab instance.
#[derive(Args, Debug)]
#[command(after_help = "\
On a terminal with none of --oauth, --device and --token it asks which way.

Examples:
  glduo connect --instance gitlab.example.com
  glduo connect --token < token.txt
  glduo connect --device --scopes \"api openid profile\"
  glduo connect status --json")]
pub(super) struct ConnectArgs {
    #[command(subcommand)]
    command: Option<ConnectCommand>,

    #[command(flatten)]
    login: LoginArgs,
}

/// How to log in.
#[derive(Args, Debug, Default, PartialEq)]
struct LoginArgs {
    /// With OAuth in the browser
    #[arg(long, conflicts_with_all = ["device", "token"])]
    oauth: bool,

    /// With a code that is entered on another device
    #[arg(long, conflicts_with = "token")]
    device: bool,

    /// With a token: asked for without showing it, or read from standard input
    #[arg(long)]
    token: bool,

    /// What OAuth asks for [default: ai_features openid profile]
    #[arg(long, value_name = "SCOPES", conflicts_with = "token")]
    scopes: Option<String>,

    /// The redirect URI as it is registered [default: http://localhost:42456/callback]
    #[arg(long, value_name = "URL", conflicts_with_all = ["device", "token"])]
    callback_url: Option<String>,

    /// Print the address instead of opening a browser
    #[arg(long, conflicts_with_all = ["device", "token"])]
    no_browser: bool,

    /// How long to wait for the login [default: 5m]
    #[arg(long, value_name = "DUR", value_parser = parse_duration, conflicts_with = "token")]
    wait: Option<Duration>,

    /// Keep the token without asking GitLab about it
    #[arg(long)]
    no_verify: bool,
}

#[derive(Subcommand, Debug)]
enum ConnectCommand {
    /// Tell whether the connection works, and for what
    Status(status::StatusArgs),
    /// Print a usable access token, refreshed if need be
    Token,
    /// List the stored connections
    #[command(alias = "ls")]
    List,
    /// Revoke and forget the connection
    Logout(logout::LogoutArgs),
}

pub(super) fn run(args: &ConnectArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    // Not by clap, for which the flags that stand anywhere would be at odds with a command too.
    if args.command.is_some() && args.login != LoginArgs::default() {
        let message = "the flags of a login cannot be used with a command of connect";
        return Err(
            UsageError::new(message, "leave one of them out; see `glduo connect --help`").into()
        );
    }
    match &args.command {
        None => login::run(&args.login, context),
        Some(ConnectCommand::Status(args)) => status::run(args, context),
        Some(ConnectCommand::Token) => token::run(context),
        Some(ConnectCommand::List) => list::run(context),
        Some(ConnectCommand::Logout(args)) => logout::run(args, context),
    }
}
