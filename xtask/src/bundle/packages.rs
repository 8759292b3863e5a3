//! The packages whose code is in what ships, as cargo says: normal dependencies for the target, and nothing that only builds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::project::{Project, cargo};

/// A package's name and version, as `name@version`.
pub(crate) type Id = String;

/// One package.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence, an SPDX expression.
    pub(crate) licence: String,
    /// Where its source is developed, if it says so.
    pub(crate) repository: Option<String>,
    /// Where its files are.
    pub(crate) folder: PathBuf,
    /// The SHA-256 of its archive in the registry, in hex; none for the workspace's own.
    pub(crate) checksum: Option<String>,
}

/// Packages, and which needs which.
#[derive(Default)]
pub(crate) struct Packages {
    /// All of them.
    pub(crate) all: BTreeMap<Id, Package>,
    /// What each one's code calls.
    pub(crate) needs: BTreeMap<Id, BTreeSet<Id>>,
}

/// What is compiled into one file: a package of the workspace, with features, for a target.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Root {
    /// The package.
    pub(crate) package: &'static str,
    /// Its features.
    pub(crate) features: &'static str,
    /// The target's triple.
    pub(crate) target: String,
}

impl Packages {
    /// Adds what is compiled for a root, and says what the root is.
    pub(crate) fn add(&mut self, project: &Project, root: &Root, known: &Known) -> Result<Id> {
        let mut tree = Command::new(cargo());
        tree.current_dir(&project.root);
        tree.args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "depth"]);
        tree.args(["--format", " {p}", "--package", root.package, "--target", &root.target]);
        if !root.features.is_empty() {
            tree.args(["--features", root.features]);
        }
        let output = project.quietly(&mut tree)?;
        self.read(&String::from_utf8(output.stdout).context("cargo tree")?, known)
    }

    /// Reads `cargo tree`: a depth and a package on each line.
    fn read(&mut self, tree: &str, known: &Known) -> Result<Id> {
        // The way from the root to the line.
        let mut way: Vec<Id> = Vec::new();
        for line in tree.lines() {
            let wrong = || format!("cargo tree printed {line:?}");
            let mut words = line.split(' ');
            let depth: usize =
                words.next().and_then(|word| word.parse().ok()).with_context(wrong)?;
            let name = words.next().with_context(wrong)?;
            let version =
                words.next().and_then(|word| word.strip_prefix('v')).with_context(wrong)?;
            let id = format!("{name}@{version}");
            way.truncate(depth);
            if let Some(parent) = way.last() {
                self.needs.entry(parent.clone()).or_default().insert(id.clone());
            }
            if !self.all.contains_key(&id) {
                self.all.insert(id.clone(), known.package(&id)?);
            }
            way.push(id);
        }
        way.into_iter().next().context("cargo tree printed nothing")
    }
}

/// What cargo knows of every package of the workspace and the lock file.
pub(crate) struct Known {
    packages: BTreeMap<Id, Value>,
    checksums: BTreeMap<Id, String>,
}

impl Known {
    /// Asks cargo.
    pub(crate) fn find(project: &Project) -> Result<Self> {
        let mut metadata = Command::new(cargo());
        metadata.current_dir(&project.root);
        let output = project.quietly(metadata.args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--all-features",
        ]))?;
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
        let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
        let packages = packages.filter_map(|package| {
            let text = |key| package.get(key).and_then(Value::as_str);
            Some((format!("{}@{}", text("name")?, text("version")?), package.clone()))
        });
        let lock = project.path("Cargo.lock");
        let lock = fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
        Ok(Self { packages: packages.collect(), checksums: checksums(&lock) })
    }

    fn package(&self, id: &str) -> Result<Package> {
        let package = self.packages.get(id).with_context(|| format!("cargo does not know {id}"))?;
        let text = |key| package.get(key).and_then(Value::as_str).map(str::to_owned);
        let needed = |key| text(key).with_context(|| format!("{id} has no {key}"));
        let manifest = needed("manifest_path")?;
        Ok(Package {
            name: needed("name")?,
            version: needed("version")?,
            // As it was written before SPDX had expressions.
            licence: needed("license")?.replace('/', " OR "),
            repository: text("repository"),
            folder: Path::new(&manifest).parent().context("a manifest at the root")?.to_path_buf(),
            checksum: self.checksums.get(id).cloned(),
        })
    }
}

/// The checksums that Cargo.lock has: cargo writes each key on a line of its own.
fn checksums(lock: &str) -> BTreeMap<Id, String> {
    let value = |block: &str, key: &str| {
        let start = format!("{key} = \"");
        let line = block.lines().find_map(|line| line.strip_prefix(&start))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    let blocks = lock.split("[[package]]").skip(1);
    blocks
        .filter_map(|block| {
            let id = format!("{}@{}", value(block, "name")?, value(block, "version")?);
            Some((id, value(block, "checksum")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_native_library_is_made_of_the_core_and_its_decoders_and_no_host() {
        let project = Project::find(false).unwrap();
        let known = Known::find(&project).unwrap();
        let root = Root {
            package: "thumbox-native",
            features: "",
            target: "x86_64-unknown-linux-gnu".into(),
        };
        let mut packages = Packages::default();
        let id = packages.add(&project, &root, &known).unwrap();
        let own = env!("CARGO_PKG_VERSION");
        assert_eq!(id, format!("thumbox-native@{own}"));
        let names: BTreeSet<_> = packages.all.values().map(|package| &*package.name).collect();
        for name in ["miniz_oxide", "fdeflate", "moxcms", "thumbox-core", "serde_json"] {
            assert!(names.contains(name), "{name}");
        }
        // A host, a procedural macro and test tools are not in it.
        for name in ["wasmtime", "serde_derive", "cbindgen", "jpeg-encoder", "xtask"] {
            assert!(!names.contains(name), "{name}");
        }
        assert!(packages.needs[&id].contains(&format!("thumbox-core@{own}")));
        for package in packages.all.values() {
            assert_eq!(package.checksum.is_none(), package.name.starts_with("thumbox"));
            assert!(!package.licence.contains('/'), "{}", package.licence);
        }
    }

    #[test]
    fn the_lock_file_says_what_was_downloaded() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"0f\"\ndependencies = [\n \"a\",\n]\n";
        assert_eq!(checksums(lock), BTreeMap::from([("b@2.0.0".into(), "0f".into())]));
    }
}
