//! `glduo completion SHELL`: prints a script that is made when glduo is built, and for that
//! script the values of an argument.

mod values;

use std::io::Read as _;

use clap::{Args, ValueEnum};
use flate2::bufread::GzDecoder;

use super::context::Context;

/// The shell.
#[derive(Args, Debug)]
#[command(after_help = "\
The script also completes model ids, and the projects, merge requests, issues and pipelines of
the last lists on a terminal, without asking any server (bash, zsh and fish).

Examples:
  glduo completion bash > glduo.bash
  glduo completion zsh > _glduo
  glduo completion fish > glduo.fish")]
pub(super) struct CompletionArgs {
    /// The shell that reads the script
    #[arg(required_unless_present = "values")]
    shell: Option<Shell>,

    /// Print what a script offers for a value instead
    #[arg(long, value_name = "KIND", hide = true, conflicts_with = "shell")]
    values: Option<values::Kind>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    Pwsh,
    Elvish,
}

/// A file of the folder `completions`, compressed by build.rs.
macro_rules! packed {
    ($name:literal) => {
        &include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz"))[..]
    };
}

pub(super) fn run(args: &CompletionArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let Some(shell) = args.shell else { return values::run(args.values, context) };
    let packed = match shell {
        Shell::Bash => packed!("glduo.bash"),
        Shell::Zsh => packed!("_glduo"),
        Shell::Fish => packed!("glduo.fish"),
        Shell::Pwsh => packed!("_glduo.ps1"),
        Shell::Elvish => packed!("glduo.elv"),
    };
    let mut script = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut script)?;
    context.write(&script)?;
    Ok(0)
}
