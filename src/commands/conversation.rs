//! `glduo conversation`: the conversations that `chat` saved with this instance.

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::Context;
use crate::duo::{Conversations, Kept, SessionName};
use crate::model::conversation::Role;
use crate::model::timestamp;
use crate::view::conversation::{ConversationRow, ConversationRows};
use crate::view::output::Format;

/// Saved conversations.
#[derive(Args, Debug)]
#[command(after_help = "\
ID is a name, or the start of one that no other name has.

Examples:
  glduo conversation list
  glduo conversation show 20261123
  glduo conversation delete 20261123
  glduo chat --session 20261123-120000 \"And then?\"")]
pub(super) struct ConversationArgs {
    #[command(subcommand)]
    command: ConversationCommand,
}

#[derive(Subcommand, Debug)]
enum ConversationCommand {
    /// List the conversations, newest first
    #[command(alias = "ls")]
    List,
    /// Show one conversation
    #[command(alias = "view")]
    Show(ShowArgs),
    /// Delete a conversation, or all of them
    #[command(alias = "rm")]
    Delete(DeleteArgs),
}

/// Which.
#[derive(Args, Debug)]
struct ShowArgs {
    /// A name, or the start of one
    #[arg(value_name = "ID")]
    id: String,
}

/// Which.
#[derive(Args, Debug)]
struct DeleteArgs {
    /// A name, or the start of one
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,

    /// Delete all conversations with this instance
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &ConversationArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let instance = &context.settings()?.instance.value;
    let store = Conversations::new(context.env().data_home(), instance, context.notes())?;
    match &args.command {
        ConversationCommand::List => list(&store, context),
        ConversationCommand::Show(args) => show(&args.id, &store, context),
        ConversationCommand::Delete(args) => delete(args, &store, context),
    }
}

fn list(store: &Conversations, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let mut rows = Vec::new();
    for (time, name, kept) in store.all()? {
        rows.push(ConversationRow {
            name: name.to_string().into(),
            model: kept.model.into(),
            workflow_id: kept.workflow.map(Into::into),
            messages: kept.messages.len() as u64,
            updated_at: timestamp::to_iso_utc(time).unwrap_or_default().into(),
            title: kept.messages.first().map(|first| first.text.clone()).unwrap_or_default().into(),
        });
    }
    let mut list = printer.list(ConversationRows { now: context.clock().now() }, None);
    list.page(&serde_json::to_vec(&rows)?)?;
    list.finish()?;
    Ok(0)
}

fn show(id: &str, store: &Conversations, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let (name, kept) = store.find(id)?;
    if printer.format() == Format::Table {
        printer.text(&text(&kept))?;
        return Ok(0);
    }
    let messages: Vec<_> = kept
        .messages
        .iter()
        .map(|message| json!({ "role": role(message.role), "text": message.text }))
        .collect();
    let object = json!({
        "name": name.to_string(),
        "instance_url": kept.instance,
        "model": kept.model,
        "workflow_id": kept.workflow,
        "messages": messages,
    });
    printer.object(object.to_string().as_bytes(), &[])?;
    Ok(0)
}

fn text(kept: &Kept) -> String {
    let turn = |role, text: &str| format!("{role}:\n{}\n", text.trim_end());
    let turns = kept.messages.iter().map(|message| match message.role {
        Role::User => turn("you", &message.text),
        Role::Assistant => turn(&kept.model, &message.text),
    });
    turns.collect::<Vec<_>>().join("\n")
}

fn role(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn delete(args: &DeleteArgs, store: &Conversations, context: &Context<'_>) -> anyhow::Result<u8> {
    let names: Vec<SessionName> = match &args.id {
        Some(id) => vec![store.find(id)?.0],
        None => store.all()?.into_iter().map(|(_, name, _)| name).collect(),
    };
    for name in &names {
        store.delete(name, context.clock())?;
    }
    let what = match names.as_slice() {
        [name] => name.to_string(),
        names => format!("{} conversations", names.len()),
    };
    context.notes().note(&format!("deleted {what}"));
    Ok(0)
}
