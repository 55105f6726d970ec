//! The project that ships with the sandbox. Every diff is one against the same tree.

use std::io::Read as _;

use flate2::bufread::GzDecoder;

use super::seed::{self, Seed};

const STOREFRONT: u64 = 61_840_217;
const IMPORTER: u64 = 61_840_533;

/// Project, number and diff of each merge request that ships.
const DIFFS: [(u64, u64, &str); 16] = [
    (STOREFRONT, 31, include_str!("seed/diffs/31.diff")),
    (STOREFRONT, 32, include_str!("seed/diffs/32.diff")),
    (STOREFRONT, 33, include_str!("seed/diffs/33.diff")),
    (STOREFRONT, 34, include_str!("seed/diffs/34.diff")),
    (STOREFRONT, 35, include_str!("seed/diffs/35.diff")),
    (STOREFRONT, 36, include_str!("seed/diffs/36.diff")),
    (STOREFRONT, 37, include_str!("seed/diffs/37.diff")),
    (STOREFRONT, 38, include_str!("seed/diffs/38.diff")),
    (STOREFRONT, 39, include_str!("seed/diffs/39.diff")),
    (STOREFRONT, 40, include_str!("seed/diffs/40.diff")),
    (STOREFRONT, 41, include_str!("seed/diffs/41.diff")),
    (STOREFRONT, 42, include_str!("seed/diffs/42.diff")),
    (STOREFRONT, 43, include_str!("seed/diffs/43.diff")),
    (STOREFRONT, 44, include_str!("seed/diffs/44.diff")),
    (IMPORTER, 6, include_str!("seed/diffs/importer-6.diff")),
    (IMPORTER, 7, include_str!("seed/diffs/importer-7.diff")),
];

/// The text of a file of the folder `seed/shipped`, compressed by build.rs.
macro_rules! packed {
    ($name:literal) => {
        unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")))
    };
}

fn unpacked(packed: &[u8]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).map_err(serde_json::Error::io)?;
    Ok(text)
}

impl Seed {
    /// The project that ships: `acme/shop/storefront` with merge requests 31 to 44 and
    /// issues 18 to 31, a small and an empty project beside it.
    pub fn storefront() -> Result<Self, serde_json::Error> {
        let mut seed: Self = seed::read(&packed!("projects.json")?)?;
        seed.people = seed::read(&packed!("people.json")?)?;
        seed.tokens = seed::read(&packed!("tokens.json")?)?;
        seed.applications = seed::read(&packed!("applications.json")?)?;
        seed.merge_requests = seed::read(&packed!("merge_requests.json")?)?;
        seed.issues = seed::read(&packed!("issues.json")?)?;
        seed.pipelines = seed::read(&packed!("pipelines.json")?)?;
        for mr in &mut seed.merge_requests {
            let diff =
                DIFFS.iter().find(|(project, iid, _)| (*project, *iid) == (mr.project, mr.iid));
            mr.diff = diff.map(|(_, _, text)| (*text).to_owned()).unwrap_or_default();
        }
        Ok(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_is_whole() {
        let seed = Seed::storefront().expect("the embedded seed");
        let knows = |name: &String| seed.people.iter().any(|person| person.username == *name);
        for mr in &seed.merge_requests {
            assert!(mr.diff.starts_with("diff --git "), "!{} has no diff", mr.iid);
            let project = seed.projects.iter().find(|project| project.id == mr.project);
            assert!(project.is_some_and(|project| project.default_branch.is_some()));
            let people = mr.author.iter().chain(&mr.assignees).chain(&mr.reviewers);
            let notes = mr.notes().filter_map(|(_, note)| note.author.as_ref());
            assert!(people.chain(notes).all(knows), "!{} names a stranger", mr.iid);
            let label = |name: &String| seed.labels.iter().any(|label| label.name == *name);
            assert!(mr.labels.iter().all(label), "!{} has an unknown label", mr.iid);
            let milestone = |title: &String| seed.milestones.iter().any(|one| one.title == *title);
            assert!(mr.milestone.iter().all(milestone), "!{} has an unknown milestone", mr.iid);
        }
        for issue in &seed.issues {
            let people = issue.author.iter().chain(&issue.assignees).chain(&issue.closed_by);
            let notes =
                seed::notes(&issue.discussions).filter_map(|(_, note)| note.author.as_ref());
            assert!(people.chain(notes).all(knows), "#{} names a stranger", issue.iid);
            let label = |name: &String| seed.labels.iter().any(|label| label.name == *name);
            assert!(issue.labels.iter().all(label), "#{} has an unknown label", issue.iid);
            let milestone = |title: &String| seed.milestones.iter().any(|one| one.title == *title);
            assert!(issue.milestone.iter().all(milestone), "#{}'s milestone", issue.iid);
            assert_eq!(issue.closed_at.is_some(), issue.state == "closed", "#{}", issue.iid);
        }
        assert!(seed.tokens.iter().all(|token| knows(&token.user)));
    }
}
