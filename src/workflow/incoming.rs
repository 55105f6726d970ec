//! Limits on what the service may send in one run.

use std::time::Duration;

use crate::gitlab::LONGEST_MESSAGE;
use crate::system::clock::Deadline;

/// Frames in one second, pings included; a stream of tokens has some dozens.
const FRAMES_A_SECOND: u32 = 1_000;
/// Bytes in the whole run: checkpoints are full snapshots, some hundred kilobytes each.
const TOTAL: u64 = 8 << 30;
/// Actions in the whole run, and how many of them may wait.
const ACTIONS: u32 = 10_000;
pub(super) const WAITING_ACTIONS: usize = 100;
pub(super) const WAITING_BYTES: usize = 8 * LONGEST_MESSAGE;
const DEPTH: usize = 100;
/// The most bytes of a request's id.
const LONGEST_ID: usize = 1 << 10;

pub(super) struct IncomingLimits {
    second: Deadline,
    frames: u32,
    bytes: u64,
    actions: u32,
}

impl Default for IncomingLimits {
    fn default() -> Self {
        Self { second: Deadline::after(Duration::from_secs(1)), frames: 0, bytes: 0, actions: 0 }
    }
}

impl IncomingLimits {
    /// Counts a frame of so many bytes.
    pub(super) fn frame(&mut self, bytes: usize) -> Result<(), String> {
        if self.second.has_passed() {
            self.second = Deadline::after(Duration::from_secs(1));
            self.frames = 0;
        }
        self.frames += 1;
        self.bytes += bytes as u64;
        if self.frames > FRAMES_A_SECOND {
            return Err(format!("more than {FRAMES_A_SECOND} messages in a second"));
        }
        if self.bytes > TOTAL {
            return Err(format!("more than {TOTAL} bytes"));
        }
        Ok(())
    }

    /// Counts an action.
    pub(super) fn action(&mut self, id: &str) -> Result<(), String> {
        self.actions += 1;
        if self.actions > ACTIONS {
            return Err(format!("more than {ACTIONS} actions"));
        }
        if id.len() > LONGEST_ID {
            return Err(format!("a requestID of {} bytes", id.len()));
        }
        Ok(())
    }
}

/// Checks the nesting by the brackets alone, so that nothing deep is built.
pub(super) fn check_depth(json: &[u8]) -> Result<(), String> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Err(format!("JSON nested deeper than {DEPTH}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_outside_of_strings_only() {
        assert!(check_depth(&b"[".repeat(101)).is_err());
        assert!(check_depth(&b"[]".repeat(1_000)).is_ok());
        let text = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(1_000));
        assert!(check_depth(text.as_bytes()).is_ok());
    }

    #[test]
    fn there_is_an_end_to_frames_actions_and_bytes() {
        let mut limits = IncomingLimits::default();
        assert!((0..1_000).all(|_| limits.frame(1).is_ok()));
        assert!(limits.frame(1).is_err());
        assert!(IncomingLimits { bytes: TOTAL, ..IncomingLimits::default() }.frame(1).is_err());
        assert!(
            IncomingLimits { actions: ACTIONS, ..IncomingLimits::default() }.action("1").is_err()
        );
        assert!(limits.action(&"1".repeat(2_000)).is_err() && limits.action("1").is_ok());
    }
}
