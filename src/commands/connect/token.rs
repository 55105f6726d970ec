//! `glduo connect token`.

use crate::commands::context::Context;

/// Prints the token that commands would use; what is printed here is meant to be used by
/// another program, so nothing is taken out of it.
pub(super) fn run(context: &Context<'_>) -> anyhow::Result<u8> {
    let found = context.credentials()?.find()?;
    context.write(format!("{}\n", found.credential().secret.expose()).as_bytes())?;
    Ok(0)
}
