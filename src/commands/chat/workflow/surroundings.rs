//! Where a workflow takes place: the directory that its tools work in, and what git says of it.

use anyhow::Context as _;

use super::super::arguments::ChatArgs;
use crate::commands::context::Context;
use crate::model::address::presentable;
use crate::model::remote::Remote;
use crate::tools::{Boundaries, Tools, Workspace};
use crate::workflow::GitFacts;

/// The tools in the directory that the run is about. A file that the user attaches is one that
/// may be read, whatever it is.
pub(super) fn tools(args: &ChatArgs, context: &Context<'_>) -> anyhow::Result<Tools> {
    let settings = context.settings()?;
    let env = context.env();
    let here = context.working_directory();
    let named = args.attached.files.iter().map(|path| here.join(path)).collect();
    let files = settings.files.nearest_first().map(|file| file.path.clone());
    let files = files.chain(settings.user_file.clone());
    let boundaries = Boundaries::new(env, named, files);
    let directory = context.project_directory();
    let workspace = Workspace::open(directory, &boundaries, env)
        .with_context(|| format!("the directory {}", directory.display()))?;
    Ok(Tools::new(workspace, env.clone()))
}

/// Remote, commit and branch of the repository, the remote only where it is on the instance.
pub(super) fn git_facts(context: &Context<'_>) -> anyhow::Result<GitFacts> {
    let settings = context.settings()?;
    let Some(repository) = &settings.repository else { return Ok(GitFacts::default()) };
    let instance = &settings.instance.value;
    let is_ours = |url: &String| {
        Remote::parse(url).is_some_and(|remote| remote.project_on(instance).is_some())
    };
    let mut urls = repository.remotes().into_iter().map(|(_, url)| url);
    Ok(GitFacts {
        url: urls.find(is_ours).map(|url| presentable(&url)),
        commit: repository.head_commit(),
        branch: settings.current_branch_name(context.env()),
    })
}
