//! The pages of a long list fetched side by side, given out in their order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::client::Client;
use super::error::HttpError;
use super::pages::{Page, Pages, missing};
use super::request::{Request, Response};

/// How many pages are on their way at once: enough to hide the distance to a far server, few
/// enough to be no burden on it.
const AT_ONCE: u64 = 4;

/// How far pages may be fetched ahead of the one that is wanted next; it bounds the memory.
const AHEAD: u64 = 2 * AT_ONCE;

impl Pages<'_> {
    /// Gives out page after page until `take` has enough and returns false. Where the server
    /// tells how many pages there are, the next ones are fetched meanwhile, up to `most` pages
    /// in all; elsewhere one comes after the other. A page that cannot be had ends the list
    /// with its error, after the pages before it.
    pub fn each<E: From<HttpError>>(
        mut self,
        most: Option<u64>,
        mut take: impl FnMut(Page) -> Result<bool, E>,
    ) -> Result<(), E> {
        let Some(first) = self.next() else { return Ok(()) };
        let first = first?;
        let last = first.pages.map(|pages| most.map_or(pages, |most| pages.min(most)));
        let number = first.number.filter(|number| self.goes_by_number(number + 1));
        if !take(first)? {
            return Ok(());
        }
        if let (Some(number), Some(last)) = (number, last) {
            // One page alone is not worth a thread.
            if last > number + 1 && !self.side_by_side(number + 1..last + 1, &mut take)? {
                return Ok(());
            }
        }
        // One after the other, and what was added to the list meanwhile.
        for page in self {
            if !take(page?)? {
                break;
            }
        }
        Ok(())
    }

    /// The pages of these numbers; false where `take` has enough.
    fn side_by_side<E: From<HttpError>>(
        &mut self,
        numbers: Range<u64>,
        take: &mut impl FnMut(Page) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let Some(request) = self.next_request() else { return Ok(false) };
        let request = request?;
        let client = self.client();
        let gate = Gate {
            state: Mutex::new(Progress { next: numbers.start, wanted: numbers.start }),
            moved: Condvar::new(),
            end: numbers.end,
        };
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(usize::try_from(AHEAD).unwrap_or(8));
            for _ in 0..AT_ONCE.min(numbers.end - numbers.start) {
                let (sender, gate, request) = (sender.clone(), &gate, &request);
                scope.spawn(move || fetch(client, request, gate, &sender));
            }
            drop(sender);
            let outcome = self.give_out(numbers, &receiver, &request, &gate, take);
            gate.close();
            drop(receiver);
            outcome
        })
    }

    /// Gives out the answers in the order of their numbers.
    fn give_out<E: From<HttpError>>(
        &mut self,
        numbers: Range<u64>,
        answers: &Receiver<(u64, Result<Response, HttpError>)>,
        request: &Request,
        gate: &Gate,
        take: &mut impl FnMut(Page) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let mut early = BTreeMap::new();
        for wanted in numbers {
            let answer = loop {
                if let Some(answer) = early.remove(&wanted) {
                    break answer;
                }
                match answers.recv() {
                    Ok((number, answer)) => early.insert(number, answer),
                    // Every thread has ended; none does before its page is sent.
                    Err(_) => return Ok(false),
                };
            };
            gate.advance(wanted + 1);
            let page = self.accept(answer.map_err(missing)?, Pages::numbered(request, wanted)?);
            if !take(page)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

struct Progress {
    /// The number that the next free thread fetches.
    next: u64,
    /// The number that is to be given out next.
    wanted: u64,
}

/// Hands out numbers, none too far ahead of what is wanted.
struct Gate {
    state: Mutex<Progress>,
    moved: Condvar,
    end: u64,
}

impl Gate {
    fn pass(&self) -> Option<u64> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let too_far =
            |state: &mut Progress| state.next < self.end && state.next >= state.wanted + AHEAD;
        let mut state =
            self.moved.wait_while(state, too_far).unwrap_or_else(PoisonError::into_inner);
        let number = state.next;
        state.next += 1;
        (number < self.end).then_some(number)
    }

    fn advance(&self, wanted: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).wanted = wanted;
        self.moved.notify_all();
    }

    /// Lets every thread end after the page it is at.
    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).next = self.end;
        self.moved.notify_all();
    }
}

fn fetch(
    client: &Client,
    request: &Request,
    gate: &Gate,
    answers: &SyncSender<(u64, Result<Response, HttpError>)>,
) {
    while let Some(number) = gate.pass() {
        let answer = Pages::numbered(request, number).and_then(|request| client.send(&request));
        if answers.send((number, answer)).is_err() {
            break;
        }
    }
}
