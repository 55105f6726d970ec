//! `glduo completion SHELL`: prints a script made from the definition of the command line.

use clap::{Args, ValueEnum};
use clap_complete::{Shell as Script, generate};

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

/// The script is made when it is asked for: the five of them would be 5 % of the program.
pub(super) fn run(args: &CompletionArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let shell = match args.shell {
        Shell::Bash => Script::Bash,
        Shell::Zsh => Script::Zsh,
        Shell::Fish => Script::Fish,
        Shell::Pwsh => Script::PowerShell,
        Shell::Elvish => Script::Elvish,
    };
    let mut script = Vec::new();
    generate(shell, &mut super::definition(), "glduo", &mut script);
    context.write(&script)?;
    Ok(0)
}
