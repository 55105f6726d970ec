//! `glduo completion SHELL`: prints a script that is made when glduo is built.

use clap::{Args, ValueEnum};

use super::context::Context;

/// The shell.
#[derive(Args, Debug)]
pub(super) struct CompletionArgs {
    /// The shell that reads the script
    shell: Shell,
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

pub(super) fn run(args: &CompletionArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let script = match args.shell {
        Shell::Bash => include_str!("../../completions/glduo.bash"),
        Shell::Zsh => include_str!("../../completions/_glduo"),
        Shell::Fish => include_str!("../../completions/glduo.fish"),
        Shell::Pwsh => include_str!("../../completions/_glduo.ps1"),
        Shell::Elvish => include_str!("../../completions/glduo.elv"),
    };
    context.write(script.as_bytes())?;
    Ok(0)
}
