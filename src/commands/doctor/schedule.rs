//! Runs checks side by side, each as soon as those that it needs have ended.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long nothing is said of what is being waited for.
const QUIET: Duration = Duration::from_millis(500);

/// A piece of work and those that have to end before it, by name.
pub(super) struct Job<W> {
    pub(super) name: &'static str,
    pub(super) after: &'static [&'static str],
    pub(super) work: W,
}

/// Does every job on a thread of its own, and gives what came of each in the jobs' order.
/// `meanwhile` is done on this thread after the first ones were started, and counts as a job of
/// that name. `watch` is told the names of those that are waited for longer than a moment.
pub(super) fn run<W: Fn() -> T + Sync, T: Send>(
    jobs: &[Job<W>],
    meanwhile: (&'static str, impl FnOnce()),
    mut watch: impl FnMut(&[&'static str]),
) -> Vec<T> {
    let (sender, receiver) = channel();
    let mut results: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let mut started = vec![false; jobs.len()];
        let mut ended: Vec<&str> = Vec::new();
        let start = |started: &mut Vec<bool>, ended: &[&str]| {
            for (at, job) in jobs.iter().enumerate() {
                if !started[at] && job.after.iter().all(|needed| ended.contains(needed)) {
                    started[at] = true;
                    let sender = sender.clone();
                    // The receiver lives until every job was heard of.
                    scope.spawn(move || drop(sender.send((at, (job.work)()))));
                }
            }
        };
        start(&mut started, &ended);
        let (name, act) = meanwhile;
        act();
        ended.push(name);
        loop {
            start(&mut started, &ended);
            let running = running(jobs, &started, &ended);
            if running.is_empty() {
                return;
            }
            let Some((at, result)) = wait(&receiver, || watch(&running)) else { return };
            results[at] = Some(result);
            ended.push(jobs[at].name);
        }
    });
    results.into_iter().flatten().collect()
}

fn running<W>(jobs: &[Job<W>], started: &[bool], ended: &[&str]) -> Vec<&'static str> {
    let all = jobs.iter().zip(started);
    all.filter(|(job, started)| **started && !ended.contains(&job.name))
        .map(|(job, _)| job.name)
        .collect()
}

fn wait<T>(receiver: &Receiver<T>, mut watch: impl FnMut()) -> Option<T> {
    loop {
        match receiver.recv_timeout(QUIET) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) => watch(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex};

    use super::*;

    type Work<'w> = Box<dyn Fn() -> &'static str + Sync + 'w>;

    fn job<'w>(
        name: &'static str,
        after: &'static [&'static str],
        work: impl Fn() + Sync + 'w,
    ) -> Job<Work<'w>> {
        Job {
            name,
            after,
            work: Box::new(move || {
                work();
                name
            }),
        }
    }

    #[test]
    fn independent_jobs_are_under_way_together_and_with_what_is_done_meanwhile() {
        // Each waits for the other two, so that one after the other would never end.
        let meeting = Barrier::new(3);
        let meet = || {
            meeting.wait();
        };
        let jobs = [job("a", &[], meet), job("b", &[], meet)];
        let results = run(&jobs, ("find", meet), |_| {});
        assert_eq!(results, ["a", "b"]);
    }

    #[test]
    fn a_job_waits_for_what_it_needs_and_results_keep_their_order() {
        let told = Mutex::new(Vec::new());
        let tell = |name| told.lock().expect("a lock").push(name);
        let jobs = [
            job("last", &["first", "find"], || tell("last")),
            job("first", &["find"], || tell("first")),
        ];
        let results = run(&jobs, ("find", || tell("find")), |_| {});
        assert_eq!(results, ["last", "first"]);
        assert_eq!(*told.lock().expect("a lock"), ["find", "first", "last"]);
    }

    #[test]
    fn who_is_waited_for_is_told() {
        let (sender, receiver) = channel();
        let receiver = Mutex::new(receiver);
        let jobs = [job("slow", &[], || {
            let receiver = receiver.lock().expect("a lock");
            receiver.recv().expect("it is told");
        })];
        run(&jobs, ("find", || {}), |names| {
            assert_eq!(names, ["slow"]);
            sender.send(()).expect("it is there");
        });
    }
}
