//! The imports between the files of each crate: a cycle stays within one folder.

mod files;
mod graph;

use crate::ROOT;
use files::Files;
use graph::{Graph, cycles};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folders of every cycle that is larger than one folder.
fn wide_cycles(graph: &Graph) -> Vec<Vec<PathBuf>> {
    let folder = |file: &PathBuf| {
        // `a.rs` beside a folder `a` is that folder's, as `a/mod.rs` is.
        let own = file.with_extension("");
        let has_children = graph.keys().any(|other| other.parent() == Some(&own));
        if has_children { own } else { file.parent().unwrap().to_owned() }
    };
    let is_wide = |files: &Vec<PathBuf>| files.iter().map(folder).collect::<BTreeSet<_>>().len() > 1;
    cycles(graph).into_iter().filter(is_wide).collect()
}

#[test]
fn no_cycle_of_imports_is_larger_than_a_folder() {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(ROOT).join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let graph = Files::of_crate(&path.join("src")).imports();
        let cycles = wide_cycles(&graph);
        for cycle in cycles {
            let shown = |file: &Path| file.strip_prefix(&path).unwrap().display().to_string();
            let edges = cycle.iter().flat_map(|file| graph[file].iter().map(move |other| (file, other)));
            let inner = edges.filter(|(_, other)| cycle.contains(other));
            found.push(
                inner.map(|(file, other)| format!("{name}: {} -> {}", shown(file), shown(other))).collect::<Vec<_>>(),
            );
        }
    }
    assert!(found.is_empty(), "the imports of these files form cycles: {found:#?}");
}

/// The cycles in a crate of these files, each a path and its text.
fn cycles_of(files: &[(&str, &str)]) -> Vec<Vec<PathBuf>> {
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    wide_cycles(&Files::parse(files).imports())
}

#[test]
fn a_cycle_of_imports_is_found() {
    let root = ("lib.rs", "mod users; mod audit; mod text; pub use text::Text; pub use users::User;");
    let text = ("text.rs", "pub struct Text;");
    let users = ("users/mod.rs", "mod list; pub use list::List; pub struct User;");
    let list = ("users/list.rs", "use super::User; use crate::audit::{self, Event}; pub struct List;");
    let with = |audit| cycles_of(&[root, text, users, list, ("audit.rs", audit)]);
    for audit in [
        "use crate::users::{List}; pub struct Event;",
        "pub struct Event; fn f() -> crate::users::List { todo!() }",
        "pub struct Event; macro_rules! m { () => { crate::users::List } }",
        "use crate::*; pub struct Event; fn f(_: users::List) {}",
        "use super::users; pub struct Event; fn f() { users::List; }",
    ] {
        assert_eq!(with(audit), [["audit.rs", "users/list.rs"].map(PathBuf::from).to_vec()], "{audit}");
    }
    for audit in [
        // The root only re-exports it.
        "use crate::{Text, User}; pub struct Event;",
        "pub struct Event; #[cfg(test)] mod tests { use crate::users::List; }",
        "pub struct Event; // use crate::users::List;",
    ] {
        assert_eq!(with(audit), Vec::<Vec<PathBuf>>::new(), "{audit}");
    }
}
