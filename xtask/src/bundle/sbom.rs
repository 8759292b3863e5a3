//! What is in the libraries, as a CycloneDX 1.6 document. <https://cyclonedx.org/docs/1.6/json/>

use serde_json::{Value, json};

use super::digest::sha256;
use super::origin::Origin;
use super::packages::{Id, Package, Packages};

/// A file of the bundle and the package that it was compiled from.
pub(crate) struct Made<'m> {
    /// Its path in the bundle.
    pub(crate) path: &'m str,
    /// Its bytes.
    pub(crate) content: &'m [u8],
    /// The package.
    pub(crate) root: Id,
}

/// What GCC's linker adds to a library for Windows.
const GNU_RUNTIME: [(&str, &str); 2] =
    [("mingw-w64-runtime", "ZPL-2.1"), ("libgcc", "GPL-3.0-or-later WITH GCC-exception-3.1")];

/// The document.
pub(crate) fn sbom(packages: &Packages, made: &[Made], origin: &Origin) -> Value {
    let product = format!("thumbox@{}", env!("CARGO_PKG_VERSION"));
    let version = origin.compiler.split(' ').nth(1).unwrap_or(&origin.compiler);
    let standard = format!("rust-std@{version}");
    let mut components: Vec<Value> = made.iter().map(file).collect();
    components.extend(packages.all.values().map(package));
    let paths: Vec<_> = made.iter().map(|made| made.path).collect();
    let mut dependencies =
        vec![json!({ "ref": product, "dependsOn": paths }), json!({ "ref": standard })];
    for Made { path, root, .. } in made {
        let mut needs = vec![reference(root), standard.clone()];
        if path.ends_with(".dll") {
            needs.extend(GNU_RUNTIME.map(|(name, _)| name.to_owned()));
        }
        dependencies.push(json!({ "ref": path, "dependsOn": needs }));
    }
    if paths.iter().any(|path| path.ends_with(".dll")) {
        for (name, licence) in GNU_RUNTIME {
            components.push(json!({
                "type": "library",
                "bom-ref": name,
                "name": name,
                "licenses": [{ "expression": licence }],
            }));
            dependencies.push(json!({ "ref": name }));
        }
    }
    for id in packages.all.keys() {
        let needs: Vec<_> =
            packages.needs.get(id).into_iter().flatten().map(|id| reference(id)).collect();
        dependencies.push(json!({ "ref": reference(id), "dependsOn": needs }));
    }
    components.push(standard_library(&standard, version));
    let mut metadata = json!({
        "lifecycles": [{ "phase": "build" }],
        "component": {
            "type": "library",
            "bom-ref": product,
            "name": "thumbox",
            "version": env!("CARGO_PKG_VERSION"),
            "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
        },
    });
    if let (Some(metadata), Some(commit)) = (metadata.as_object_mut(), &origin.commit) {
        // The commit's time: the document is the same whenever it is made.
        metadata.insert("timestamp".into(), commit.time.clone().into());
    }
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    })
}

fn file(made: &Made) -> Value {
    json!({
        "type": "file",
        "bom-ref": made.path,
        "name": made.path,
        "hashes": [{ "alg": "SHA-256", "content": sha256(made.content) }],
    })
}

fn package(package: &Package) -> Value {
    let Package { name, version, licence, .. } = package;
    let id = format!("{name}@{version}");
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(&id),
        "name": name,
        "version": version,
        "licenses": [{ "expression": licence }],
    });
    let Some(fields) = component.as_object_mut() else { return component };
    // The workspace's own have neither: they are in no registry.
    if let Some(checksum) = &package.checksum {
        fields.insert("purl".into(), purl(&id).into());
        fields.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": checksum }]));
        if let Some(repository) = &package.repository {
            let reference = json!([{ "type": "vcs", "url": repository }]);
            fields.insert("externalReferences".into(), reference);
        }
    }
    component
}

/// What rustc adds to everything that it links.
fn standard_library(reference: &str, version: &str) -> Value {
    json!({
        "type": "library",
        "bom-ref": reference,
        "name": "rust-std",
        "version": version,
        "purl": format!("pkg:github/rust-lang/rust@{version}#library/std"),
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    })
}

/// How the document names a package.
fn reference(id: &str) -> String {
    format!("cargo:{id}")
}

/// The package's URL. <https://github.com/package-url/purl-spec>
fn purl(id: &str) -> String {
    // A version may have build metadata, whose + is not itself in a URL.
    format!("pkg:cargo/{}", id.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::packages::{Known, Root};
    use super::*;
    use crate::project::Project;

    #[test]
    fn the_document_names_each_package_once_and_refers_to_nothing_that_is_not_there() {
        let project = Project::find(false).unwrap();
        let mut packages = Packages::default();
        let target = "x86_64-unknown-linux-gnu".to_owned();
        let root = Root { package: "thumbox-native", features: "", target };
        let root = packages.add(&project, &root, &Known::find(&project).unwrap()).unwrap();
        let compiler = "rustc 1.95.0 (abc 2026-04-14)".to_owned();
        let origin = Origin { compiler, host: String::new(), commit: None };
        let made = [
            Made { path: "lib/a.so", content: b"library", root: root.clone() },
            Made { path: "lib/a.dll", content: b"library", root },
        ];
        let document = sbom(&packages, &made, &origin);
        let list = |key: &str| document[key].as_array().unwrap().clone();
        let mut known: BTreeSet<_> = list("components")
            .iter()
            .map(|component| component["bom-ref"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(known.len(), list("components").len());
        assert_eq!(known.len(), packages.all.len() + 5);
        known.insert(format!("thumbox@{}", env!("CARGO_PKG_VERSION")));
        let described: BTreeSet<_> = list("dependencies")
            .iter()
            .map(|node| node["ref"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(described, known);
        for node in list("dependencies") {
            for needed in node["dependsOn"].as_array().into_iter().flatten() {
                assert!(known.contains(needed.as_str().unwrap()), "{needed}");
            }
        }
        let moxcms =
            list("components").into_iter().find(|component| component["name"] == "moxcms").unwrap();
        assert_eq!(
            moxcms["purl"],
            format!("pkg:cargo/moxcms@{}", moxcms["version"].as_str().unwrap())
        );
        assert_eq!(moxcms["hashes"][0]["content"].as_str().unwrap().len(), 64);
        assert_eq!(purl("a@1.0.0+2"), "pkg:cargo/a@1.0.0%2B2");
    }
}
