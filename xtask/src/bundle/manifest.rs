//! manifest.json, in rustbridge's bundle format 1.0: what its loaders read, in Rust, Python, Java and C#.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::digest::sha256;
use super::library::Library;
use super::origin::Origin;

pub(crate) const HEADER: &str = "schema/thumbox.h";
pub(crate) const SBOM: &str = "sbom/thumbox.cdx.json";
pub(crate) const LICENCE: &str = "legal/LICENSE-MIT";
pub(crate) const NOTICES: &str = "legal/NOTICES";

/// The manifest's text.
///
/// `schemas` has the paths below schema/ and their bytes.
pub(crate) fn manifest(
    libraries: &[Library],
    component: &Library,
    schemas: &[(String, Vec<u8>)],
    origin: &Origin,
    public_key: &str,
) -> String {
    // The component is a variant of every platform, and one file.
    let mut platforms: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for library in libraries {
        let variants = platforms.entry(library.platform).or_default();
        variants.insert(library.variant, variant(library));
        variants.insert(component.variant, variant(component));
    }
    let platforms: BTreeMap<_, _> = platforms
        .into_iter()
        .map(|(platform, variants)| (platform, json!({ "variants": variants })))
        .collect();
    let mut described = Map::new();
    for (path, content) in schemas {
        let name = path.rsplit('/').next().unwrap_or(path);
        let format = if name.ends_with(".h") { "c-header" } else { "json-schema" };
        let schema = json!({ "path": path, "format": format, "checksum": checksum(content) });
        described.insert(name.to_owned(), schema);
    }
    let manifest = json!({
        "bundle_version": "1.0",
        "plugin": {
            "name": "thumbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Thumbnails of images that you do not trust, the same bytes from every build",
            "license": env!("CARGO_PKG_LICENSE"),
        },
        "platforms": platforms,
        "build_info": origin.build_info(),
        "sbom": { "cyclonedx": SBOM },
        "schemas": described,
        "public_key": public_key,
        "license_file": LICENCE,
        "notices": NOTICES,
    });
    format!("{manifest:#}\n")
}

fn variant(library: &Library) -> Value {
    json!({
        "library": library.path(),
        "checksum": checksum(&library.content),
        "build": { "target": library.root.target, "profile": library.profile },
    })
}

fn checksum(content: &[u8]) -> String {
    format!("sha256:{}", sha256(content))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{COMPONENT, component, library};
    use super::*;

    #[test]
    fn every_platform_has_its_own_library_and_the_same_component() {
        let libraries = [library("linux-x86_64", "release"), library("windows-x86_64", "release")];
        let origin = Origin { compiler: "rustc 1.95.0".into(), host: String::new(), commit: None };
        let schemas = [(HEADER.to_owned(), b"abc".to_vec())];
        let text = manifest(&libraries, &component(), &schemas, &origin, "RWQ");
        let manifest: Value = serde_json::from_str(&text).unwrap();
        let platforms = manifest["platforms"].as_object().unwrap();
        assert_eq!(platforms.keys().collect::<Vec<_>>(), ["linux-x86_64", "windows-x86_64"]);
        for (platform, value) in platforms {
            let variants = value["variants"].as_object().unwrap();
            assert_eq!(variants.keys().collect::<Vec<_>>(), ["release", "wasm-component"]);
            assert_eq!(variants["wasm-component"]["library"], COMPONENT);
            let library = variants["release"]["library"].as_str().unwrap();
            assert!(library.starts_with(&format!("lib/{platform}/release/")), "{library}");
        }
        // SHA-256 of "abc": FIPS 180-4's example.
        let sum = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            manifest["schemas"]["thumbox.h"],
            json!({ "path": HEADER, "format": "c-header", "checksum": sum })
        );
    }
}
