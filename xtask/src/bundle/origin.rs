//! Where a bundle comes from: the commit and the compiler, and no clock.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::project::Project;

/// What a bundle was made of, and with what.
pub(crate) struct Origin {
    /// What `rustc --version` says.
    pub(crate) compiler: String,
    /// The triple of this machine.
    pub(crate) host: String,
    /// The commit; none outside a repository.
    pub(crate) commit: Option<Commit>,
}

/// A commit.
pub(crate) struct Commit {
    /// Its whole hash.
    pub(crate) hash: String,
    /// When it was committed, in UTC, as RFC 3339 writes it.
    pub(crate) time: String,
    /// Whether the files differ from it.
    pub(crate) dirty: bool,
}

impl Origin {
    /// Asks git and rustc.
    pub(crate) fn find(project: &Project) -> Result<Self> {
        let mut rustc = Command::new("rustc");
        let output = project.quietly(rustc.current_dir(&project.root).arg("-vV"))?;
        let text = String::from_utf8(output.stdout).context("rustc -vV")?;
        let host = text.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            compiler: text.lines().next().unwrap_or_default().to_owned(),
            host: host.context("rustc -vV names no host")?.to_owned(),
            commit: commit(project),
        })
    }

    /// The manifest's `build_info`.
    pub(crate) fn build_info(&self) -> Value {
        let mut info = json!({ "compiler": self.compiler });
        if let (Some(info), Some(commit)) = (info.as_object_mut(), &self.commit) {
            // No branch and no tag: the same commit can have any.
            info.insert("git".into(), json!({ "commit": commit.hash, "dirty": commit.dirty }));
        }
        info
    }
}

/// The commit that is checked out here, if this is a repository and git is there.
fn commit(project: &Project) -> Option<Commit> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&project.root).args(arguments);
        // Times are to be in UTC.
        let output = git.env("TZ", "UTC").output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let format = ["--format=%H %cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"];
    let line = git(&["show", "--no-patch", format[0], format[1], "HEAD"])?;
    let (hash, time) = line.split_once(' ')?;
    let dirty = !git(&["status", "--porcelain"])?.is_empty();
    Some(Commit { hash: hash.to_owned(), time: time.to_owned(), dirty })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_info_names_compiler_and_commit_and_no_time() {
        let origin = Origin::find(&Project::find(false).unwrap()).unwrap();
        assert!(origin.compiler.starts_with("rustc 1."), "{}", origin.compiler);
        let commit =
            Commit { hash: "0a".repeat(20), time: "2026-01-02T03:04:05Z".into(), dirty: true };
        let origin = Origin { commit: Some(commit), ..origin };
        let info = origin.build_info();
        assert_eq!(info["git"], json!({ "commit": "0a".repeat(20), "dirty": true }));
        assert!(!info.to_string().contains("2026-01-02"), "{info}");
        assert_eq!(Origin { commit: None, ..origin }.build_info().get("git"), None);
    }
}
