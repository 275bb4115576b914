//! Why a file cannot be read.

use std::{fmt, io};

/// Why a file cannot be read, or no further: one sentence for the whole file.
#[derive(Debug)]
pub enum FileFault {
    Read(io::Error),
    /// What is wrong with the content, without its values.
    Content(String),
}

impl FileFault {
    pub(crate) fn at_line(number: u64, fault: &str) -> Self {
        Self::Content(format!("line {number}: {fault}"))
    }
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "cannot read the file: {error}"),
            Self::Content(fault) => f.write_str(fault),
        }
    }
}

impl std::error::Error for FileFault {}
