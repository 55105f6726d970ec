//! `glduo connect list`: what the store has; no server is asked.

use crate::commands::context::Context;
use crate::model::timestamp;
use crate::view::connection::{Stored, print_stored};
use crate::view::output::Format;

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let current = context.settings()?.instance.value.to_string();
    let connections = context.store().connections()?;
    let rows: Vec<Stored> = connections
        .into_iter()
        .map(|connection| Stored {
            current: connection.instance.to_string() == current,
            instance_url: connection.instance.to_string(),
            username: connection.username,
            auth: connection.kind.as_str(),
            scopes: connection.scopes,
            expires_at: connection.expires_at.and_then(timestamp::to_iso_utc),
        })
        .collect();
    if printer.format() == Format::Table {
        if rows.is_empty() && context.terminal().stdout {
            context.notes().note("no connection is stored; glduo connect makes one");
        }
        print_stored(&rows, &mut printer.stdout)?;
        return Ok(0);
    }
    let rows: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
    printer.objects(&rows?)?;
    Ok(0)
}
