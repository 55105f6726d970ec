//! What output looks like: tables, JSON, NDJSON, jq and text that is safe for a terminal.
//! Nothing else in the program formats an answer.

pub mod chat;
pub mod connection;
pub mod conversation;
pub mod diff;
pub mod doctor;
pub mod issue;
pub mod issue_page;
pub mod jq;
pub mod json;
pub mod json_rows;
pub mod layout;
pub mod list;
pub mod markdown;
pub mod merge_request;
pub mod merge_request_page;
pub mod models;
pub mod output;
pub mod page;
pub mod patch;
pub mod pipeline;
pub mod pipeline_page;
pub mod setting;
pub mod stdout;
pub mod style;
pub mod table;
pub mod time;
pub mod trace;
pub mod workflow;
pub mod wrap;
