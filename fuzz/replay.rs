//! The fuzzer's corpus, gone through by the ordinary tests: each crate takes this file into its own.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Shows every input that is kept for the target of that name to its property.
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
