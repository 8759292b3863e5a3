//! Bundles: what is whole is loaded, and each of those in testdata/tampered is refused with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use ed25519_compact::{KeyPair, Seed};
use support::*;
use thumbox_host::*;

fn tampered() -> PathBuf {
    root().join("testdata/tampered")
}

fn pinned() -> PublicKey {
    PublicKey::read(tampered().join("pinned.pub")).unwrap()
}

/// A folder of a test's own, which is empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bundles").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Loads a variant, as far as it goes.
fn load(bundle: &Path, variant: &str, cache: Option<&Path>) -> Result<()> {
    let mut bundle = Bundle::open(bundle, &pinned())?;
    let variant = match variant {
        "wasm" => return bundle.component().map(|_| ()),
        "native" => Variant::Release,
        _ => Variant::Sandbox,
    };
    native(&mut bundle, variant, cache).map(|_| ())
}

#[allow(unsafe_code, reason = "a library is loaded")]
fn native(bundle: &mut Bundle, variant: Variant, cache: Option<&Path>) -> Result<NativePlugin> {
    // SAFETY: what the tests sign are this project's own libraries, and files that the loader refuses.
    unsafe { bundle.native(variant, cache, &Options::default()) }
}

#[test]
fn every_changed_bundle_is_refused_with_its_reason() {
    let cache = folder("refused");
    let table = fs::read_to_string(tampered().join("cases.tsv")).unwrap();
    let mut count = 0;
    for line in table.lines() {
        let [name, variant, words] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let file = tampered().join(format!("{name}.rbp"));
        let error = load(&file, variant, Some(&cache)).unwrap_err();
        let start = format!("the bundle {} is refused: ", file.display());
        assert!(error.message().starts_with(&start), "{name}: {error}");
        assert!(error.message().contains(words), "{name}: {words}: {error}");
        assert!(!error.message().chars().any(char::is_control), "{name}: {error}");
        assert_eq!(error.code(), 2);
        count += 1;
    }
    assert!(count > 200);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
}

#[test]
fn the_same_bundle_unchanged_is_read() {
    let mut bundle = Bundle::open(tampered().join("good.rbp"), &pinned()).unwrap();
    assert_eq!(bundle.version(), "0.1.0");
    assert_eq!(bundle.component().unwrap(), b"\0asm\x0d\0\x01\0, and nothing that runs");
}

#[test]
fn no_byte_can_be_changed_or_cut_off_unseen() {
    let good = fs::read(tampered().join("good.rbp")).unwrap();
    let file = folder("changed").join("changed.rbp");
    for place in (0..good.len()).step_by(13) {
        let mut content = good.clone();
        content[place] ^= 1 << (place % 8);
        fs::write(&file, &content).unwrap();
        // What vouches for nothing that is used may change: times, and files that the manifest does not vouch for.
        if let Ok(component) = Bundle::open(&file, &pinned()).and_then(|mut one| one.component()) {
            assert_eq!(component, b"\0asm\x0d\0\x01\0, and nothing that runs");
        }
        fs::write(&file, &good[..place]).unwrap();
        assert!(Bundle::open(&file, &pinned()).is_err());
    }
}

#[test]
fn limits_are_kept() {
    let file = tampered().join("good.rbp");
    let size = fs::metadata(&file).unwrap().len();
    let limits = BundleLimits { bundle: size - 1, ..BundleLimits::default() };
    let error = Bundle::open_within(&file, &pinned(), &limits).unwrap_err();
    assert!(error.message().contains(&format!("it has {size} bytes; max_bundle is {}", size - 1)));
    let limits = BundleLimits { library: 9, ..BundleLimits::default() };
    let error = Bundle::open_within(&file, &pinned(), &limits).unwrap_err();
    assert!(error.message().contains("bytes; 9 are allowed"), "{error}");
}

#[test]
fn what_is_no_file_is_refused() {
    let place = folder("none");
    for (path, words) in
        [(place.join("none.rbp"), "it cannot be read"), (place, "it is no regular file")]
    {
        let error = Bundle::open(path, &pinned()).unwrap_err();
        assert!(error.message().contains(words), "{error}");
    }
}

#[test]
fn a_key_is_its_text_or_its_file_s() {
    let text = fs::read_to_string(tampered().join("pinned.pub")).unwrap();
    let line = text.lines().nth(1).unwrap();
    for given in [&text, line, &format!(" {line}\r\n")] {
        assert_eq!(PublicKey::parse(given).unwrap(), pinned());
    }
    assert_eq!(format!("{:?}", pinned()), format!("PublicKey({:?})", pinned().number()));
    for (given, words) in [
        ("", "it has 0 lines"),
        ("RWQ", "56 characters of base64 that begin with RW"),
        (&line[..52], "56 characters of base64 that begin with RW"),
        (&line.replacen("RW", "RU", 1), "56 characters of base64 that begin with RW"),
        ("a\nb\nc", "it has 3 lines"),
    ] {
        let error = PublicKey::parse(given).unwrap_err();
        assert!(error.message().contains(words), "{given}: {error}");
        assert_eq!(error.code(), 4);
    }
    assert!(
        PublicKey::read(tampered().join("none.pub")).unwrap_err().message().contains("none.pub")
    );
}

/// A bundle of the real builds, signed with a key of its own.
fn whole(name: &str) -> (PathBuf, PublicKey) {
    let pair = KeyPair::from_seed(Seed::new([7; 32]));
    let id = *b"8 bytes!";
    let key = STANDARD.encode([b"Ed".as_slice(), &id, &*pair.pk].concat());
    let platform = format!("linux-{}", std::env::consts::ARCH);
    let files = [
        ("wasm-component", "lib/any/wasm-component/thumbox.wasm".to_owned(), "thumbox.wasm"),
        ("release", format!("lib/{platform}/release/libthumbox.so"), "libthumbox.so"),
        (
            "sandbox",
            format!("lib/{platform}/sandbox/libthumbox_sandbox.so"),
            "libthumbox_sandbox.so",
        ),
    ];
    let sign = |name: &str, content: &[u8]| {
        let comment = format!("thumbox 0.1.0 {name}");
        let signature = pair.sk.sign(Blake2b512::digest(content), None);
        let global = pair.sk.sign([&*signature, comment.as_bytes()].concat(), None);
        let first = STANDARD.encode([b"ED".as_slice(), &id, &*signature].concat());
        let second = STANDARD.encode(*global);
        format!("untrusted comment: for a test\n{first}\ntrusted comment: {comment}\n{second}\n")
    };
    let mut variants = serde_json::Map::new();
    let mut entries = Vec::new();
    for (variant, path, file) in files {
        let content = fs::read(artifact(file)).unwrap();
        let sha256: String =
            sha2::Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        let listed = serde_json::json!({"library": path, "checksum": format!("sha256:{sha256}")});
        variants.insert(variant.to_owned(), listed);
        entries.push((format!("{path}.minisig"), sign(&path, &content).into_bytes()));
        entries.push((path, content));
    }
    let manifest = serde_json::json!({
        "bundle_version": "1.1",
        "plugin": {"name": "thumbox", "version": "0.1.0"},
        "platforms": {platform: {"variants": variants}},
    });
    let manifest = manifest.to_string().into_bytes();
    let signature = sign("manifest.json", &manifest).into_bytes();
    entries.push(("manifest.json.minisig".to_owned(), signature));
    entries.push(("manifest.json".to_owned(), manifest));
    let file = folder(name).join("thumbox.rbp");
    fs::write(&file, zip(&entries)).unwrap();
    (file, PublicKey::parse(&key).unwrap())
}

/// A zip of deflated entries.
fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, content) in entries {
        let mut deflater =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut deflater, content).unwrap();
        let packed = deflater.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let start = long(body.len());
        let head = [
            [20, 0, 0, 0, 8, 0, 0, 0, 33, 0].as_slice(),
            &crc.sum().to_le_bytes(),
            &long(packed.len()),
            &long(content.len()),
            &short(name.len()),
            &[0; 2],
        ]
        .concat();
        body.extend([b"PK\x03\x04", head.as_slice(), name.as_bytes(), &packed].concat());
        let attributes = [0; 10];
        directory.extend(
            [b"PK\x01\x02\x14\x03".as_slice(), &head, &attributes, &start, name.as_bytes()]
                .concat(),
        );
    }
    let count = short(entries.len());
    let end = [
        b"PK\x05\x06\0\0\0\0".as_slice(),
        &count,
        &count,
        &long(directory.len()),
        &long(body.len()),
        &[0; 2],
    ]
    .concat();
    [body, directory, end].concat()
}

#[test]
#[cfg(target_os = "linux")]
fn every_variant_works_and_libraries_are_kept_once() {
    use std::os::unix::fs::PermissionsExt;

    let (file, key) = whole("works");
    let cache = folder("works-cache").join("thumbox");
    let mut bundle = Bundle::open(&file, &key).unwrap();
    assert_eq!(bundle.component().unwrap(), fs::read(artifact("thumbox.wasm")).unwrap());
    let names = || {
        let mut names: Vec<_> = fs::read_dir(cache.join("libraries"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    for variant in [Variant::Release, Variant::Sandbox, Variant::Release] {
        let plugin = native(&mut bundle, variant, Some(&cache)).unwrap();
        assert_eq!(&*plugin.call(MSG_ECHO, &[b"works"]).unwrap(), b"works");
    }
    assert_eq!(names().len(), 2, "{:?}", names());
    // Somebody exchanges one, and another is a link. In place that would change what is mapped.
    let before = names();
    for name in &before {
        fs::remove_file(cache.join("libraries").join(name)).unwrap();
    }
    let changed = cache.join("libraries").join(&before[0]);
    fs::write(&changed, b"changed").unwrap();
    fs::set_permissions(&changed, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", cache.join("libraries").join(&before[1])).unwrap();
    for variant in [Variant::Release, Variant::Sandbox] {
        let plugin = native(&mut bundle, variant, Some(&cache)).unwrap();
        assert_eq!(&*plugin.call(MSG_ECHO, &[b"works"]).unwrap(), b"works");
    }
    assert_eq!(names(), before);
    for name in before {
        let found = fs::symlink_metadata(cache.join("libraries").join(name)).unwrap();
        assert!(found.is_file() && found.len() > 1_000_000);
    }
    // Another key is not trusted, whatever is inside.
    let error = Bundle::open(&file, &pinned()).unwrap_err();
    assert!(error.message().contains("manifest.json is signed with the key "), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn threads_that_load_together_leave_one_file_each_and_no_folder_of_others_is_used() {
    use std::os::unix::fs::PermissionsExt;

    let (file, key) = whole("race");
    let cache = folder("race-cache").join("thumbox");
    let load = || {
        let mut bundle = Bundle::open(&file, &key).unwrap();
        let plugin = native(&mut bundle, Variant::Release, Some(&cache)).unwrap();
        assert_eq!(&*plugin.call(MSG_ECHO, &[b"works"]).unwrap(), b"works");
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(load);
        }
    });
    let libraries = cache.join("libraries");
    assert_eq!(fs::read_dir(&libraries).unwrap().count(), 1);
    for entry in fs::read_dir(&libraries).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for open in [&libraries, &cache] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o755)).unwrap();
        load();
        assert_eq!(fs::read_dir(&libraries).unwrap().count(), 0);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn old_libraries_go_and_files_of_others_stay() {
    use std::os::unix::fs::DirBuilderExt;
    use std::time::{Duration, SystemTime};

    let (file, key) = whole("tidy");
    let cache = folder("tidy-cache").join("thumbox");
    let libraries = cache.join("libraries");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&libraries).unwrap();
    let old = |name: &str| {
        let file = fs::File::create(libraries.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(7200)).unwrap();
    };
    let ours: Vec<_> = (0..10).map(|number| format!("{number:064x}.so")).collect();
    ours.iter().for_each(|name| old(name));
    old("1a-2b-3c.partial");
    let theirs: Vec<_> = ["so", "txt"]
        .into_iter()
        .flat_map(|kind| (0..10).map(move |number| format!("{number}.{kind}")))
        .chain(["thesis.partial".into(), ".partial".into(), format!("{}.so", "G".repeat(64))])
        .collect();
    theirs.iter().for_each(|name| old(name));
    let mut bundle = Bundle::open(&file, &key).unwrap();
    native(&mut bundle, Variant::Release, Some(&cache)).unwrap();
    let there = |name: &String| libraries.join(name).exists();
    assert!(theirs.iter().all(there));
    // The one that was loaded is the eighth.
    assert_eq!(ours.iter().filter(|name| there(name)).count(), 7);
    assert!(!libraries.join("1a-2b-3c.partial").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_cannot_be_loaded_leaves_nothing() {
    let cache = folder("bad-cache").join("thumbox");
    // Its library is the head of one, for this machine or another.
    let file = tampered().join("good.rbp");
    let temporary = || {
        let start = format!("thumbox-{:x}-", std::process::id());
        let names = fs::read_dir(std::env::temp_dir()).unwrap();
        names
            .filter(|one| one.as_ref().unwrap().file_name().to_string_lossy().starts_with(&start))
            .count()
    };
    for cache in [Some(cache.as_path()), None] {
        assert_eq!(load(&file, "native", cache).unwrap_err().code(), 2);
    }
    if cfg!(target_arch = "x86_64") {
        assert_eq!(fs::read_dir(cache.join("libraries")).unwrap().count(), 0);
    }
    assert_eq!(temporary(), 0);
}
