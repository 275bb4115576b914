//! The files of a crate, and which of them import from which. Code for tests alone is left out.

use super::graph::Graph;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{
    Attribute, Field, File, Item, ItemUse, Macro, UseTree, Visibility,
    visit::{self, Visit},
};

/// Maximum number of re-exports that are followed from one name to the next.
const MAX_DEPTH: usize = 12;

/// A path as it is written, or the path of a module from the root of the crate.
type Names = Vec<String>;

/// The modules of a crate by their paths.
#[derive(Default)]
pub struct Files {
    modules: BTreeMap<Names, Module>,
}

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// The names of what it defines.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Other paths in its code.
    paths: Vec<Names>,
    /// The first names of all paths in its code.
    used: BTreeSet<String>,
}

struct Import {
    /// The name in this module, or `*`.
    name: String,
    path: Names,
    /// Whether other modules can import it from this one.
    is_public: bool,
}

impl Module {
    /// The paths of what it needs. A name that is only re-exported is not needed here.
    fn needs(&self) -> impl Iterator<Item = &Names> {
        let is_needed = |import: &&Import| !import.is_public || import.name == "*" || self.used.contains(&import.name);
        self.imports.iter().filter(is_needed).map(|import| &import.path).chain(&self.paths)
    }
}

impl Files {
    /// The files of the crate whose sources are in this folder.
    pub fn of_crate(source: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![source.to_owned()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).unwrap();
                    files.insert(path, text);
                }
            }
        }
        Self::parse(files)
    }

    /// The modules in these files, each a path and its text.
    pub fn parse(mut files: BTreeMap<PathBuf, String>) -> Self {
        let is_root = |path: &&PathBuf| path.ends_with("lib.rs") || path.ends_with("main.rs");
        let root = files.keys().filter(is_root).min_by_key(|path| path.components().count()).unwrap().clone();
        let mut modules = Self::default();
        modules.add(&mut files, &root, Vec::new());
        modules
    }

    fn add(&mut self, files: &mut BTreeMap<PathBuf, String>, file: &Path, name: Names) {
        let syntax: File = syn::parse_file(&files.remove(file).unwrap()).unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let folder = match stem {
            "lib" | "main" | "mod" => file.parent().unwrap().to_owned(),
            _ => file.with_extension(""),
        };
        self.add_items(files, (file, &folder), name, &syntax.items);
    }

    fn add_items(
        &mut self,
        files: &mut BTreeMap<PathBuf, String>,
        (file, folder): (&Path, &Path),
        name: Names,
        items: &[Item],
    ) {
        let mut reader = Reader { module: Module { file: file.to_owned(), ..Module::default() } };
        for item in items {
            let Item::Mod(child) = item else {
                reader.visit_item(item);
                continue;
            };
            if for_tests(&child.attrs) {
                continue;
            }
            let child_name = child.ident.to_string();
            let child_path: Names = name.iter().cloned().chain([child_name.clone()]).collect();
            let child_folder = folder.join(&child_name);
            match &child.content {
                Some((_, items)) => self.add_items(files, (file, &child_folder), child_path, items),
                None => {
                    let candidates = [folder.join(format!("{child_name}.rs")), child_folder.join("mod.rs")];
                    let file = candidates.into_iter().find(|path| files.contains_key(path)).unwrap();
                    self.add(files, &file, child_path);
                }
            }
        }
        self.modules.insert(name, reader.module);
    }

    /// The files that each file imports from.
    pub fn imports(&self) -> Graph {
        let mut graph = Graph::new();
        for (name, module) in &self.modules {
            let targets = graph.entry(module.file.clone()).or_default();
            for path in module.needs() {
                let target = self.resolve_written(name, path, MAX_DEPTH).map(|target| &self.modules[&target].file);
                targets.extend(target.filter(|target| **target != module.file).cloned());
            }
        }
        graph
    }

    /// The module that defines what this path means in a module; `None` for what another crate defines.
    fn resolve_written(&self, module: &[String], path: &[String], depth: usize) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => &[][..],
            "self" => module,
            "super" => {
                let parent = module.split_last()?.1;
                let is_more = rest.first().is_some_and(|next| next == "super");
                return if is_more {
                    self.resolve_written(parent, rest, depth)
                } else {
                    self.resolve_in(parent, rest, depth)
                };
            }
            _ => return self.resolve(module, path, depth),
        };
        self.resolve_in(start, rest, depth)
    }

    /// The same for a path from a known module. A name that is not found there is assumed to be defined by a macro.
    fn resolve_in(&self, module: &[String], path: &[String], depth: usize) -> Option<Names> {
        let found = self.resolve(module, path, depth);
        found.or_else(|| {
            let children = (1..=path.len()).take_while(|n| self.modules.contains_key(&[module, &path[..*n]].concat()));
            let deepest = [module, &path[..children.last().unwrap_or(0)]].concat();
            (!deepest.is_empty()).then_some(deepest)
        })
    }

    fn resolve(&self, module: &[String], path: &[String], depth: usize) -> Option<Names> {
        let found = self.modules.get(module)?;
        let depth = depth.checked_sub(1)?;
        let Some((first, rest)) = path.split_first() else { return Some(module.to_owned()) };
        let child = [module, std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&child) {
            return self.resolve(&child, rest, depth).or_else(|| self.resolve_in(&child, rest, depth));
        }
        if found.items.contains(first) {
            return Some(module.to_owned());
        }
        let named = found.imports.iter().filter(|import| import.name == *first);
        let mut by_name =
            named.filter_map(|import| self.resolve_written(module, &[&import.path, rest].concat(), depth));
        if let Some(target) = by_name.next() {
            return Some(target);
        }
        let globs = found.imports.iter().filter(|import| import.name == "*");
        let mut targets = globs.filter_map(|import| self.resolve_written(module, &import.path, depth));
        targets.find_map(|target| (target != module).then(|| self.resolve(&target, path, depth)).flatten())
    }
}

/// Reads the items of a module.
struct Reader {
    module: Module,
}

impl Visit<'_> for Reader {
    fn visit_item(&mut self, item: &Item) {
        if for_tests(attributes(item)) {
            return;
        }
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        self.module.items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_field(&mut self, field: &Field) {
        if !for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        let mut names = Vec::new();
        add_tree(&item.tree, &[], &mut names);
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.module.imports.extend(names.into_iter().map(|(name, path)| Import { name, path, is_public }));
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.segments.len() > 1 && path.leading_colon.is_none() {
            self.module.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        self.module.used.extend(path.segments.first().map(|segment| segment.ident.to_string()));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &Macro) {
        // What a macro is given has no syntax of its own: only paths from the root of the crate are found.
        let text = found.tokens.to_string().replace(' ', "");
        for after in text.split("crate::").skip(1) {
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(after.len());
            let path = after[..end].split("::").filter(|name| !name.is_empty());
            self.module.paths.push(["crate"].into_iter().chain(path).map(str::to_owned).collect());
        }
        visit::visit_macro(self, found);
    }
}

/// Adds the names that a `use` brings, each with its path.
fn add_tree(tree: &UseTree, prefix: &[String], imports: &mut Vec<(String, Names)>) {
    let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Names>();
    match tree {
        UseTree::Path(path) => add_tree(&path.tree, &with(path.ident.to_string()), imports),
        UseTree::Name(name) if name.ident == "self" => {
            imports.push((prefix.last().cloned().unwrap_or_default(), prefix.to_owned()));
        }
        UseTree::Name(name) => imports.push((name.ident.to_string(), with(name.ident.to_string()))),
        UseTree::Rename(rename) => imports.push((rename.rename.to_string(), with(rename.ident.to_string()))),
        UseTree::Glob(_) => imports.push(("*".to_owned(), prefix.to_owned())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_tree(tree, prefix, imports)),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether it is compiled for tests alone (or for the fuzzer, whose modules are tests too).
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        attribute.path().is_ident("cfg") && condition.contains("test") && !condition.contains("not")
    })
}
