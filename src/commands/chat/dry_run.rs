//! `--dry-run`: the requests as they would be sent, credentials named but not shown.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::commands::context::Context;
use crate::duo::{Question, RequestPreview, preview_requests};
use crate::view::output::{Format, Printer};

#[derive(Serialize)]
struct RequestJson<'a> {
    method: &'a str,
    url: String,
    headers: serde_json::Map<String, serde_json::Value>,
    body: &'a RawValue,
}

pub(super) fn run(
    question: &Question<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let previews = preview_requests(question, &settings.instance.value, &settings.gateway.value);
    if printer.format() == Format::Table {
        for preview in &previews {
            printer.text(&context.notes().redactor().redact(&text(preview)))?;
        }
        return Ok(0);
    }
    let rows: Vec<String> = previews.iter().map(json).collect::<anyhow::Result<_>>()?;
    printer.objects(&rows)?;
    Ok(0)
}

fn text(preview: &RequestPreview) -> String {
    let headers: Vec<String> =
        preview.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let headers = headers.concat();
    let body = String::from_utf8_lossy(&preview.body);
    format!("{} {}\n{headers}\n{body}\n\n", preview.method, preview.url)
}

fn json(preview: &RequestPreview) -> anyhow::Result<String> {
    let headers =
        preview.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
    Ok(serde_json::to_string(&RequestJson {
        method: preview.method,
        url: preview.url.to_string(),
        headers: headers.collect(),
        body: serde_json::from_slice(&preview.body)?,
    })?)
}
