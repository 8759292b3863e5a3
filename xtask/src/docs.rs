//! `cargo xtask docs`: the site of docs/, into target/docs. MkDocs comes from PyPI into the environment below target/.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::project::Project;
use crate::python::Python;

/// What the site is built with, as pip reads it.
const REQUIREMENTS: &str = "xtask/mkdocs/requirements.txt";

/// What makes a browser load something from another host.
const REMOTE: [&str; 6] = [
    "src=\"http",
    "src=\"//",
    "rel=\"stylesheet\" href=\"http",
    "rel=\"stylesheet\" href=\"//",
    "url(http",
    "url(//",
];

/// `cargo xtask docs`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    ensure!(arguments.is_empty(), "it takes no arguments");
    let site = build(project)?;
    println!("{}", site.join("index.html").display());
    Ok(())
}

/// Builds the site. A page that the navigation lacks, and a link or an anchor that leads nowhere, are errors.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    let python = Python::with_requirements(project, REQUIREMENTS)?;
    let site = project.target.join("docs");
    let mut mkdocs = python.module("mkdocs");
    mkdocs.current_dir(&project.root).env("PYTHONDONTWRITEBYTECODE", "1");
    // Not with its --quiet, which also keeps --strict from counting warnings.
    project.quietly(mkdocs.args(["build", "--strict", "--site-dir"]).arg(&site))?;
    ensure!(offline(&site)? > 0, "{} has no pages", site.display());
    Ok(site)
}

/// The number of the site's pages and style sheets. Fails where one loads something from another host.
fn offline(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            count += offline(&path)?;
        } else if path.extension().is_some_and(|kind| kind == "html" || kind == "css") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            if let Some(found) = remote(&text) {
                anyhow::bail!("{} loads from another host: {found}", path.display());
            }
            count += 1;
        }
    }
    Ok(count)
}

/// Where a page loads something from another host.
fn remote(text: &str) -> Option<&str> {
    let start = REMOTE.iter().find_map(|pattern| text.find(pattern))?;
    text.get(start..)?.lines().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_from_another_host_is_found() {
        for text in [
            "<script src=\"https://example.org/a.js\"></script>",
            "<img src=\"//example.org/a.png\">",
            "<link rel=\"stylesheet\" href=\"https://example.org/a.css\">",
            "@import url(https://example.org/a.css);",
        ] {
            assert!(remote(text).is_some(), "{text}");
        }
        let here = "<a href=\"https://example.org\">a link</a> <img src=\"../images/flow.svg\">";
        assert_eq!(remote(here), None);
    }
}
