//! Replays the fuzzer's corpus in ordinary tests.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "it fails the test that calls it")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Calls the property with every input in the corpus of this target.
pub fn replay(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| property(&data))).is_ok(), "the input is {}", path.display());
        count += 1;
    }
    assert!(count > 0, "{target} has no corpus");
}
