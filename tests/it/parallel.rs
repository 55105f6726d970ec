//! Many copies at once, as a loop with `&` or a CI matrix starts them.

use std::process::{Child, Stdio};

use crate::support::gitlab::storefront;
use crate::support::process::{glduo_at, parts};

#[test]
fn forty_at_once_all_get_the_same_answers() {
    let sandbox = storefront();
    let home = tempfile::tempdir().expect("a home");
    let lines = ["mr list --json", "mr show 42", "chat -n hello", "mr list --author @me"];
    let start = |line: &&str| -> Child {
        let mut command = glduo_at(&sandbox, line);
        command.env("HOME", home.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary")
    };
    let children: Vec<Child> = lines.iter().cycle().take(40).map(start).collect();
    let ends = children.into_iter().map(|child| parts(&child.wait_with_output().expect("an end")));
    let ends: Vec<_> = ends.collect();
    for (number, end) in ends.iter().enumerate() {
        let line = lines[number % lines.len()];
        assert_eq!((end.0, end.2.as_str()), (0, ""), "{line}");
        assert!(!end.1.is_empty(), "{line}");
        assert_eq!(end.1, ends[number % lines.len()].1, "{line}");
    }
}

#[test]
fn forty_in_one_process_do_not_share_anything() {
    let sandbox = storefront();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..40)
            .map(|number| {
                let sandbox = &sandbox;
                scope.spawn(move || {
                    let iid = [37, 39, 40, 42][number % 4];
                    let world = crate::support::gitlab::at_home(sandbox);
                    (iid, world.run(&format!("mr show {iid} --no-diff -q .iid")).stdout)
                })
            })
            .collect();
        for run in runs {
            let (iid, stdout) = run.join().expect("no panic");
            assert_eq!(stdout, format!("{iid}\n"));
        }
    });
}
