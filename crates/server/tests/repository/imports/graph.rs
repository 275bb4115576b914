//! The cycles of a graph.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The files that each file imports from.
pub type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// The strongly connected components of more than one file.
pub fn cycles(graph: &Graph) -> Vec<Vec<PathBuf>> {
    let reachable: BTreeMap<_, _> = graph.keys().map(|file| (file, reachable_from(graph, file))).collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for file in graph.keys() {
        let cycle: Vec<_> = reachable[file].iter().filter(|other| reachable[other].contains(file)).cloned().collect();
        if cycle.len() > 1 && seen.insert(cycle.clone()) {
            found.push(cycle);
        }
    }
    found
}

fn reachable_from(graph: &Graph, file: &PathBuf) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut left = vec![file];
    while let Some(file) = left.pop() {
        for next in &graph[file] {
            if found.insert(next.clone()) {
                left.push(next);
            }
        }
    }
    found
}
