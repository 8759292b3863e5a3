//! The licence texts of others whose code ships: each text once, under the packages that it is for.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};

use super::packages::{Package, Packages};

const STARTS: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// The file's text. The workspace's own packages are under the two licences beside it.
pub(crate) fn notices(packages: &Packages) -> Result<String> {
    let others: Vec<&Package> =
        packages.all.values().filter(|package| package.checksum.is_some()).collect();
    // For each text the packages that it stands for.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut notices =
        "The libraries of this bundle contain code of these packages, under these licences:\n\n"
            .to_owned();
    for package in &others {
        let Package { name, version, licence, .. } = package;
        let repository = package.repository.as_deref().unwrap_or("crates.io");
        notices.push_str(&format!("  {name} {version}: {licence} ({repository})\n"));
        for text in texts_of(package, &others)? {
            texts.entry(text).or_default().push(format!("{name} {version}"));
        }
    }
    notices
        .push_str("\nThis software is based in part on the work of the Independent JPEG Group.\n");
    // By what they are for, not by their first letters.
    let mut texts: Vec<_> = texts.into_iter().map(|(text, packages)| (packages, text)).collect();
    texts.sort();
    for (packages, text) in texts {
        notices.push_str(&format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), packages.join(", ")));
    }
    Ok(notices)
}

/// The licence files of a package, or of another one of its project with the same licence.
fn texts_of(package: &Package, others: &[&Package]) -> Result<Vec<String>> {
    let own = files(package)?;
    if !own.is_empty() {
        return Ok(own);
    }
    let is_sibling = |other: &&&Package| {
        let is_of_project = match repository(package) {
            Some(project) => repository(other) == Some(project),
            // A part that is published with its whole.
            None => {
                package.version == other.version
                    && package.name.starts_with(&format!("{}-", other.name))
            }
        };
        is_of_project && other.licence == package.licence
    };
    for sibling in others.iter().filter(is_sibling) {
        let texts = files(sibling)?;
        if !texts.is_empty() {
            return Ok(texts);
        }
    }
    bail!("{} {} has no licence file, and ships", package.name, package.version)
}

/// The repository without a folder of it.
fn repository(package: &Package) -> Option<&str> {
    package.repository.as_deref()?.split("/tree/").next()
}

fn files(package: &Package) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let named = || package.folder.display().to_string();
    for entry in fs::read_dir(&package.folder).with_context(named)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && STARTS.iter().any(|start| name.starts_with(start)) {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        let text = String::from_utf8_lossy(&text);
        // The same text has other line ends, or spaces after them, in other packages.
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        Ok(lines.join("\n").trim_matches('\n').to_owned())
    };
    paths.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn package(name: &str, folder: &Path, repository: Option<&str>) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            licence: "MIT".into(),
            repository: repository.map(str::to_owned),
            folder: folder.join(name),
            checksum: Some("00".into()),
        }
    }

    #[test]
    fn every_package_has_its_text_or_that_of_its_repository_and_none_is_passed_by() {
        let folder = std::env::temp_dir().join(format!("thumbox-notices-{}", std::process::id()));
        for (name, file) in [("a", "LICENSE-MIT"), ("b", "licence.md"), ("c", "README.md")] {
            fs::create_dir_all(folder.join(name)).unwrap();
            fs::write(folder.join(name).join(file), "Free of charge \r\n").unwrap();
        }
        let mut packages = Packages::default();
        for (name, repository) in [("a", "x"), ("b", "y"), ("c", "x/tree/main/c")] {
            packages.all.insert(name.into(), package(name, &folder, Some(repository)));
        }
        let text = notices(&packages).unwrap();
        assert_eq!(text.matches("Free of charge\n").count(), 1, "{text}");
        assert!(text.contains("\na 1.0.0, b 1.0.0, c 1.0.0\n"), "{text}");
        fs::rename(folder.join("c"), folder.join("a-c")).unwrap();
        packages.all.insert("c".into(), package("a-c", &folder, None));
        notices(&packages).unwrap();
        fs::rename(folder.join("a-c"), folder.join("c")).unwrap();
        packages.all.insert("c".into(), package("c", &folder, None));
        let error = notices(&packages).unwrap_err().to_string();
        assert!(error.contains("c 1.0.0"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }
}
