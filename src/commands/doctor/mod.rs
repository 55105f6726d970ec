//! `glduo doctor`: everything between this machine and an answer.

mod account;
mod bench;
mod finding;
mod local;
mod models;
mod schedule;
mod servers;
mod trouble;

use std::time::Duration;

use clap::Args;

use self::bench::{Bench, Facts};
use self::finding::Finding;
use self::schedule::Job;
use super::context::Context;
use crate::model::redact::Redactor;
use crate::view::doctor::{Checked, Examination, Health, print_examination};
use crate::view::output::Format;
pub(crate) use trouble::Trouble;

/// The longest that a check may take, whatever `--timeout` says.
const LONGEST: Duration = Duration::from_secs(10);

/// Looking for the credential, which only the command's own thread can.
const SEARCH: &str = "credential search";

type Work = fn(&Bench<'_>) -> anyhow::Result<Finding>;

/// Name, what has to be known before, and the check itself, in the order of the answer.
const CHECKS: [(&str, &[&str], Work); 15] = [
    ("configuration", &[], local::configuration),
    ("instance", &[], servers::instance),
    ("version", &["credential"], account::version),
    ("credential", &[SEARCH, "instance"], account::credential),
    ("subscription", &["version"], account::subscription),
    ("duo", &["direct_access"], account::duo),
    ("direct_access", &["credential"], account::direct_access),
    ("gateway", &[], servers::gateway),
    ("model", &["direct_access", "gateway", "project"], models::model),
    ("small_model", &["direct_access", "gateway", "project"], models::small_model),
    ("oauth_redirect", &[], local::oauth_redirect),
    ("oauth_port", &["credential"], local::oauth_port),
    ("project", &["credential"], account::project),
    ("read_access", &["project"], account::read_access),
    ("store", &[], local::store),
];

/// Nothing to say.
#[derive(Args, Debug)]
#[command(after_help = "\
Nothing that it prints is secret: it can be pasted into an issue. No check takes longer than
10 seconds, or --timeout where that is less. A model is not asked anything: nothing is paid for.

Examples:
  glduo doctor
  glduo doctor --json -q '.checks[] | select(.status == \"fail\").hint'
  glduo doctor --instance gitlab.example.com --timeout 3")]
pub(super) struct DoctorArgs {}

pub(super) fn run(_: &DoctorArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let (checks, exit) = examine(context);
    let examination = Examination { ok: exit == 0, checks };
    if printer.format() == Format::Table {
        print_examination(&examination, &mut printer.stdout)?;
    } else {
        printer.object(&serde_json::to_vec(&examination)?, &[])?;
    }
    Ok(exit)
}

/// Every check, and the exit code of the first that fails.
fn examine(context: &Context<'_>) -> (Vec<Checked>, u8) {
    let mut survey = context.survey(LONGEST);
    let diagnose = context.diagnose();
    let problems = std::mem::take(&mut survey.problems).into_iter();
    let settings = survey.settings.as_ref();
    let bench = Bench {
        settings,
        client: settings.and_then(|_| context.client().ok()),
        env: context.env(),
        store: context.store(),
        clock: context.shared_clock(),
        redactor: context.notes().redactor(),
        sent: context.sent_refreshes().clone(),
        diagnose,
        problems: problems.map(|problem| diagnose(&problem.into())).collect(),
        limit: settings.map_or(LONGEST, |settings| settings.limits.total.value),
        facts: Facts::default(),
        survey: &survey,
    };
    let jobs = CHECKS.map(|(name, after, check)| {
        let bench = &bench;
        Job { name, after, work: move || timed(name, check, bench) }
    });
    let progress = context.progress();
    let _wait = progress.wait();
    let meanwhile = || search(&bench, context);
    let results = schedule::run(&jobs, (SEARCH, meanwhile), |names| {
        progress.say(&format!("waiting for {}", names.join(", ")));
    });
    let exit = results.iter().map(|(_, exit)| *exit).find(|exit| *exit != 0).unwrap_or(0);
    (results.into_iter().map(|(checked, _)| checked).collect(), exit)
}

fn timed(name: &'static str, check: Work, bench: &Bench<'_>) -> (Checked, u8) {
    let start = bench.clock.now();
    let found = check(bench).unwrap_or_else(|error| Finding::fail(&error, bench.diagnose));
    let took = bench.clock.now().duration_since(start).unwrap_or_default();
    let clean = |text: String| redacted(&text, bench.redactor);
    let checked = Checked {
        name,
        status: found.health,
        detail: clean(found.detail),
        hint: found.hint.map(clean),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    };
    // A failure without a code would be one that scripts do not see.
    let exit = if found.health == Health::Fail { found.exit.max(1) } else { 0 };
    (checked, exit)
}

fn redacted(text: &str, redactor: &Redactor) -> String {
    redactor.redact(text).into_owned()
}

/// Looks for the credential, where it is certain which instance it has to be good for.
fn search(bench: &Bench<'_>, context: &Context<'_>) {
    let found = match bench.settings() {
        Ok(_) => context
            .credentials()
            .and_then(|search| search.find())
            .map_err(|error| Finding::fail(&error, bench.diagnose)),
        Err(skipped) => Err(skipped),
    };
    // Nobody else fills it.
    let _ = bench.facts.credential.set(found);
}
