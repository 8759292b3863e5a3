//! The bundle as a whole, of small files that stand for libraries.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use minisign_verify::{PublicKey, Signature};
use serde_json::Value;
use zip::ZipArchive;

use super::packages::Root;
use super::*;

pub(super) const COMPONENT: &str = "lib/any/wasm-component/thumbox.wasm";

/// Stands for a library.
pub(super) fn library(platform: &'static str, variant: &'static str) -> Library {
    let target = "x86_64-unknown-linux-gnu".to_owned();
    let package = if variant == "sandbox" { "thumbox-sandbox" } else { "thumbox-native" };
    Library {
        platform,
        variant,
        file: "libthumbox.so".into(),
        root: Root { package, features: "", target },
        profile: "release",
        content: format!("{platform} {variant}").into_bytes(),
    }
}

/// Stands for a component.
pub(super) fn component() -> Library {
    let target = build::WASM.to_owned();
    Library {
        platform: "any",
        variant: "wasm-component",
        file: "thumbox.wasm".into(),
        root: Root { package: "thumbox-wasm", features: "component", target },
        profile: "release",
        content: b"component".to_vec(),
    }
}

fn bundle(key: &Key) -> Vec<u8> {
    let project = Project::find(false).unwrap();
    let origin = Origin::find(&project).unwrap();
    let libraries = [library("linux-x86_64", "release"), library("linux-x86_64", "sandbox")];
    archive::pack(entries(&project, key, &libraries, &component(), &origin).unwrap()).unwrap()
}

fn unpack(bundle: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert!(files.insert(file.name().unwrap().into_owned(), content).is_none());
    }
    files
}

#[test]
fn two_bundles_of_the_same_inputs_are_the_same_bytes() {
    let key = Key::generate().unwrap();
    let (one, other) = (bundle(&key), bundle(&key));
    assert!(one == other);
    assert!(one != bundle(&Key::generate().unwrap()));
}

#[test]
fn every_file_is_under_a_signature_of_the_key_and_every_signature_names_its_file() {
    let key = Key::generate().unwrap();
    let files = unpack(bundle(&key));
    let public = PublicKey::from_base64(&key.public_key()).unwrap();
    let mut signed = Vec::new();
    for (path, signature) in &files {
        let Some(path) = path.strip_suffix(".minisig") else { continue };
        let signature = Signature::decode(std::str::from_utf8(signature).unwrap()).unwrap();
        public.verify(&files[path], &signature, false).unwrap();
        let comment = format!("thumbox {} {path}", env!("CARGO_PKG_VERSION"));
        assert_eq!(signature.trusted_comment(), comment);
        signed.push(path);
    }
    let expected = [
        "SHA256SUMS",
        COMPONENT,
        "lib/linux-x86_64/release/libthumbox.so",
        "lib/linux-x86_64/sandbox/libthumbox.so",
        "manifest.json",
    ];
    assert_eq!(signed, expected);
    // What has no signature of its own is in the list that has.
    let sums = std::str::from_utf8(&files[SUMS]).unwrap();
    let sums: BTreeMap<_, _> = sums
        .lines()
        .map(|line| line.split_once("  ").unwrap())
        .map(|(sum, path)| (path, sum))
        .collect();
    let others = files.iter().filter(|(path, _)| *path != SUMS && !path.ends_with(".minisig"));
    let mut count = 0;
    for (path, content) in others {
        assert_eq!(sums[&**path], sha256(content), "{path}");
        count += 1;
    }
    assert_eq!(sums.len(), count);
}

#[test]
fn the_manifest_names_files_that_are_there_by_their_checksums() {
    let files = unpack(bundle(&Key::generate().unwrap()));
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let platform = &manifest["platforms"]["linux-x86_64"]["variants"];
    let mut named = 0;
    for (path, checksum) in platform
        .as_object()
        .unwrap()
        .values()
        .map(|variant| (&variant["library"], &variant["checksum"]))
        .chain(
            manifest["schemas"]
                .as_object()
                .unwrap()
                .values()
                .map(|schema| (&schema["path"], &schema["checksum"])),
        )
    {
        let content = &files[path.as_str().unwrap()];
        assert_eq!(checksum, &format!("sha256:{}", sha256(content)), "{path}");
        named += 1;
    }
    assert!(named >= 4, "{named}");
    for path in [&manifest["sbom"]["cyclonedx"], &manifest["license_file"], &manifest["notices"]] {
        assert!(files.contains_key(path.as_str().unwrap()), "{path}");
    }
}
