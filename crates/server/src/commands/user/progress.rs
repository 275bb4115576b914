//! The progress bar of a long command on a terminal, and its messages.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

/// Minimum time between two updates of the bar.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);
const WIDTH: u64 = 30;
/// Returns to the beginning of the line and clears it (ECMA-48 `EL`).
const CLEAR: &str = "\r\x1b[K";

/// A bar on standard error, if that is a terminal.
pub struct Progress {
    /// The count at which it is done; unknown for a pipe.
    total: Option<u64>,
    is_shown: bool,
    drawn: Option<Instant>,
}

impl Progress {
    pub fn new(total: Option<u64>) -> Self {
        Self { total, is_shown: stderr().is_terminal(), drawn: None }
    }

    /// Draws the bar if the last update was long enough ago.
    pub fn show(&mut self, done: u64, text: &str) {
        if !self.is_shown || self.drawn.is_some_and(|drawn| drawn.elapsed() < UPDATE_INTERVAL) {
            return;
        }
        self.drawn = Some(Instant::now());
        let bar = self.total.filter(|total| *total > 0).map(|total| {
            let done = done.min(total);
            let filled = usize::try_from(done.saturating_mul(WIDTH) / total).unwrap_or(0);
            let empty = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(filled);
            format!("{}{} {:>3} %  ", "█".repeat(filled), "░".repeat(empty), done.saturating_mul(100) / total)
        });
        // A standard error that is closed cannot be reported.
        drop(write!(stderr(), "{CLEAR}{}{text}", bar.unwrap_or_default()));
    }

    /// Prints a line above the bar.
    pub fn print(&mut self, line: &str) {
        self.clear();
        drop(writeln!(stderr(), "{line}"));
    }

    /// Removes the bar.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            drop(write!(stderr(), "{CLEAR}"));
        }
    }
}
