//! Counts what a JSON document is read in, and bounds what is kept of it.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
};

/// Maximum number of bytes of a user, or of any single text, in a document.
pub const MAX_OBJECT_BYTES: usize = 1024 * 1024;

/// What has been counted.
pub struct Meter {
    line: Cell<u64>,
    left: Cell<usize>,
}

impl Meter {
    pub fn new() -> Self {
        Self { line: Cell::new(1), left: Cell::new(MAX_OBJECT_BYTES) }
    }

    /// The number of the current line.
    pub fn line(&self) -> u64 {
        self.line.get()
    }

    /// Something new begins, which may have the maximum number of bytes.
    pub fn reset(&self) {
        self.left.set(MAX_OBJECT_BYTES);
    }
}

/// A reader that is counted, and fails when more is read than there may be.
pub struct Metered<'m, R> {
    pub input: R,
    pub meter: &'m Meter,
}

impl<R: BufRead> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.meter.left.get());
        if most == 0 && !buffer.is_empty() {
            let what = format!("a user, or another value, is longer than {MAX_OBJECT_BYTES} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let read = self.input.fill_buf()?.read(&mut buffer[..most])?;
        self.input.consume(read);
        for _ in buffer[..read].iter().filter(|byte| **byte == b'\n') {
            self.meter.line.update(|line| line + 1);
        }
        self.meter.left.update(|left| left - read);
        Ok(read)
    }
}
