//! `--dry-run`: the requests as they would be sent, credentials named but not shown.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::commands::context::Context;
use crate::duo::{Question, Sketch, sketch};
use crate::view::output::{Format, Printer};

#[derive(Serialize)]
struct SketchJson<'a> {
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
    let sketches = sketch(question, &settings.instance.value, &settings.gateway.value);
    if printer.format() == Format::Table {
        for sketch in &sketches {
            printer.text(&context.notes().redactor().redact(&text(sketch)))?;
        }
        return Ok(0);
    }
    let rows: Vec<String> = sketches.iter().map(json).collect::<anyhow::Result<_>>()?;
    printer.objects(&rows)?;
    Ok(0)
}

fn text(sketch: &Sketch) -> String {
    let headers: Vec<String> =
        sketch.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let headers = headers.concat();
    let body = String::from_utf8_lossy(&sketch.body);
    format!("{} {}\n{headers}\n{body}\n\n", sketch.method, sketch.url)
}

fn json(sketch: &Sketch) -> anyhow::Result<String> {
    let headers =
        sketch.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
    Ok(serde_json::to_string(&SketchJson {
        method: sketch.method,
        url: sketch.url.to_string(),
        headers: headers.collect(),
        body: serde_json::from_slice(&sketch.body)?,
    })?)
}
