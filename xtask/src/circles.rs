//! No module of our crates needs itself: what two need lies in a file below both. Tests do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that hold to it, by their sources.
const SOURCES: [&str; 8] = [
    "core/src",
    "protocol/src",
    "native/src",
    "native/abi/src",
    "wasm/src",
    "hosts/rust/src",
    "hosts/rust/sandbox/src",
    "xtask/src",
];

/// A module's path within its crate; the crate's root is empty.
type Module = Vec<String>;

/// The modules of a crate, and those that each of them needs.
type Needs = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_module_needs_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for source in SOURCES {
        let files = files(&root.join(source));
        assert!(!files.is_empty(), "{source} has no modules");
        let circles = circles(&needs(&files));
        found.extend(circles.iter().map(|circle| format!("{source}: {}", named(circle))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_whatever_way_it_is_written() {
    let files = |a: &str, b: &str| {
        let module = |name: &str| vec![name.to_owned()];
        [
            (vec![], "mod a; mod b;".to_owned()),
            (module("a"), a.to_owned()),
            (module("b"), b.to_owned()),
        ]
        .into_iter()
        .collect::<BTreeMap<Module, String>>()
    };
    for (a, b) in [
        ("use super::b;", "use crate::a::A;"),
        ("use crate::{b::B, c};", "fn f() { super::a::f() }"),
        ("use super::{ b as other };", "pub(super) use super::a::*;"),
    ] {
        assert_eq!(circles(&needs(&files(a, b))), [[vec!["a"], vec!["b"]]], "{a} {b}");
    }
    for (a, b) in [
        ("use super::b;", "// use crate::a;"),
        ("use super::b;", "const A: &str = \"crate::a\"; const Q: char = '\"';"),
        ("use super::b;", "#[cfg(test)] mod tests { use super::*; use crate::a; }"),
        ("use super::b;", "mod inner { use super::B; }"),
        ("use super::b;", "pub(super) fn f() {} pub(in crate::a) struct A;"),
    ] {
        assert!(circles(&needs(&files(a, b))).is_empty(), "{a} {b}");
    }
    // A module whose child uses what the module itself defines.
    let mut parent = files("use b::B; mod b; struct A;", "");
    parent.insert(vec!["a".to_owned(), "b".to_owned()], "use super::A;".to_owned());
    assert_eq!(circles(&needs(&parent)), [[vec!["a"], vec!["a", "b"]]]);
}

/// The texts of a crate's files by their modules. Programs and files of tests are left out.
fn files(source: &Path) -> BTreeMap<Module, String> {
    let mut folders = vec![source.to_owned()];
    let mut files = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(source).unwrap().with_extension("");
                let mut module: Module =
                    relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                match module.last().map(String::as_str) {
                    Some("tests") => continue,
                    Some("mod" | "lib" | "main") => drop(module.pop()),
                    _ => {}
                }
                files.insert(module, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn needs(files: &BTreeMap<Module, String>) -> Needs {
    let of_file = |(module, text): (&Module, &String)| {
        let tokens = without_inline_modules(&tokens(text));
        let mut found = BTreeSet::new();
        for at in 0..tokens.len() {
            let word = tokens[at].as_str();
            let before = at.checked_sub(1).map_or("", |before| tokens[before].as_str());
            let child = [module.as_slice(), &[word.to_owned()]].concat();
            let is_start = matches!(word, "crate" | "super") || files.contains_key(&child);
            let goes_on = tokens.get(at + 1).is_some_and(|next| next == "::");
            // `$crate` is another crate's, and `pub(in path)` needs nothing.
            if is_start && goes_on && !matches!(before, "::" | "$" | "in") {
                paths(&tokens, at, &mut Vec::new(), &mut |path| {
                    found.insert(resolve(module, path, files));
                });
            }
        }
        found.remove(module);
        (module.clone(), found)
    };
    files.iter().map(of_file).collect()
}

/// Words, `::` and other characters; neither comments nor what is in quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            3 + raw.find("\"#").map_or(raw.len(), |end| end + 2)
        } else if first == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Bytes of a string with its quotes.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Without `mod name { ... }`: in there, `super` is the file itself; and the modules of tests do not count.
fn without_inline_modules(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_inline = tokens[at] == "mod" && tokens.get(at + 2).is_some_and(|token| token == "{");
        if !is_inline {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0_u32;
        at += 2;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
    }
    kept
}

/// Every path that begins at a token, those of a group in braces one by one. Returns the token after it.
fn paths(
    tokens: &[String],
    mut at: usize,
    path: &mut Vec<String>,
    found: &mut impl FnMut(&[String]),
) -> usize {
    let start = path.len();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = if tokens[at] == "," { at + 1 } else { paths(tokens, at, path, found) };
                }
                path.truncate(start);
                return at + 1;
            }
            Some(word) => path.push(word.to_owned()),
            None => {}
        }
        if tokens.get(at + 1).is_none_or(|next| next != "::") {
            break;
        }
        at += 2;
    }
    found(path);
    path.truncate(start);
    at += 1;
    if tokens.get(at).is_some_and(|token| token == "as") { at + 2 } else { at }
}

/// The module that a path leads to, as far as its words are modules.
fn resolve(module: &Module, path: &[String], files: &BTreeMap<Module, String>) -> Module {
    let mut place = module.clone();
    for word in path {
        match word.as_str() {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            "self" => {}
            word => {
                place.push(word.to_owned());
                if !files.contains_key(&place) {
                    place.pop();
                    break;
                }
            }
        }
    }
    place
}

/// The groups of modules of which each needs each, by way of others or not.
fn circles(needs: &Needs) -> Vec<Vec<Module>> {
    let reached = |from: &Module| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for needed in needs.get(&module).into_iter().flatten() {
                if reached.insert(needed.clone()) {
                    next.push(needed.clone());
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> =
        needs.keys().map(|module| (module, reached(module))).collect();
    let mut circles: Vec<Vec<Module>> = Vec::new();
    for (module, from_here) in &reached {
        if from_here.contains(*module) && !circles.iter().flatten().any(|known| known == *module) {
            let returns = |other: &&&Module| {
                from_here.contains(**other) && reached[**other].contains(*module)
            };
            circles.push(reached.keys().filter(returns).map(|other| (*other).clone()).collect());
        }
    }
    circles
}

fn named(circle: &[Module]) -> String {
    let name =
        |module: &Module| if module.is_empty() { "the root".to_owned() } else { module.join("::") };
    circle.iter().map(name).collect::<Vec<_>>().join(" <-> ")
}
