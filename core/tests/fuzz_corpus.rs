//! What fuzzing starts from and what it found worth keeping, held to the same laws by an ordinary test.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands"
)]

mod cameras;
mod coder;
mod common;
mod containers;
mod laws;
mod mutations;
mod seeds;
mod wrapped;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use thumbox_core::{Budget, Error, call};

/// A fuzz target's body.
type Law = fn(&[u8]);

/// A fuzz target's name, and its body.
const TARGETS: [(&str, Law); 18] = [
    ("avif", laws::image),
    ("bmp", laws::image),
    ("call", laws::request),
    ("cur", laws::image),
    ("encode", laws::encoding),
    ("gif", laws::image),
    ("heic", laws::image),
    ("icc", laws::profile),
    ("ico", laws::image),
    ("jpeg", laws::jpeg),
    ("png", laws::image),
    ("pnm", laws::image),
    ("psd", laws::image),
    ("qoi", laws::image),
    ("raw", laws::image),
    ("tga", laws::image),
    ("tiff", laws::image),
    ("webp", laws::image),
];

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What is committed for a target: minimised finds, and what once broke a law or a limit.
fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder("testdata/fuzz").join(target)).unwrap();
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "{target}");
    files.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

/// What a law itself may hold beside what a call is charged: copies of requests and replies.
const CONSTANT: u64 = 1 << 20;

fn held(target: &str, law: Law, inputs: &[(String, Vec<u8>)]) {
    let mut broken = Vec::new();
    for (name, input) in inputs {
        let mut outcome = Ok(());
        let memory = allocation_counter::measure(|| {
            outcome = catch_unwind(AssertUnwindSafe(|| law(input)));
        });
        if outcome.is_err() {
            broken.push(format!("{name} breaks a law"));
        } else if memory.bytes_max > laws::LIMITS.max_memory + CONSTANT {
            broken.push(format!("{name} takes {} bytes", memory.bytes_max));
        }
    }
    assert!(broken.is_empty(), "{target}: {broken:#?}");
}

#[test]
fn the_laws_hold_for_what_was_found() {
    for (target, law) in TARGETS {
        held(target, law, &kept(target));
    }
}

#[test]
fn the_laws_hold_for_every_seed() {
    for (target, law) in TARGETS {
        let seeds = seeds::seeds(target);
        let names: BTreeSet<_> = seeds.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), seeds.len(), "{target}: a name twice");
        held(target, law, &seeds);
    }
}

/// Pictures of chance, of which no seed is a start.
#[test]
fn the_laws_hold_for_encodings_of_chance() {
    let recipes = (0..400).map(|round| {
        let mut random = mutations::Random::new(1, round);
        let mut byte = || random.next().to_be_bytes()[0];
        let how: Vec<u8> = (0..7).map(|_| byte()).collect();
        let length = usize::from(byte()) * usize::from(byte()) / 16;
        // Noise, few values, or values near each other.
        let kind = byte();
        let sample = |byte: u8| match kind % 3 {
            0 => byte,
            1 => byte & 0xC0,
            _ => kind ^ byte & 7,
        };
        let samples = (0..length).map(|_| sample(byte()));
        (format!("round {round}"), how.into_iter().chain(samples).collect())
    });
    held("encode", laws::encoding, &recipes.collect::<Vec<_>>());
}

/// What a target starts from has to get through it: a seed that its limits refuse leads nowhere.
#[test]
fn seeds_are_answered_within_the_limits() {
    let mut refused = Vec::new();
    let further = [("avif", cfg!(feature = "avif")), ("heic", cfg!(feature = "heic"))];
    let further = further.into_iter().filter_map(|(name, is_read)| is_read.then_some(name));
    for format in seeds::FORMATS.into_iter().chain(further) {
        for (name, seed) in seeds::seeds(format) {
            if !name.starts_with("cut-") && !name.starts_with("odd-") {
                let file = if format == "icc" { wrapped::picture(&seed) } else { seed };
                let request = common::ask(24, 16, common::PNG).v1(&file);
                let answer = call(100, &[&request], &Budget::new(laws::LIMITS));
                if let Err(error) = answer {
                    refused.push(format!("{format}: {name}: {error}"));
                }
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
    for (name, seed) in seeds::seeds("call") {
        let message = match seed[0] {
            0 => 100,
            3 => 102,
            5 => 101,
            6 => 1,
            _ => continue,
        };
        let answer = call(message, &[&seed[1..]], &Budget::new(laws::LIMITS));
        assert!(answer.is_ok(), "{name}: {:?}", answer.err());
    }
}

/// The list of the targets stands here, in their folder and in their package.
#[test]
fn every_target_is_replayed() {
    let entries = fs::read_dir(folder("core/fuzz/targets")).unwrap();
    let found: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let replayed = TARGETS.map(|(name, _)| name.to_owned());
    assert_eq!(found, BTreeSet::from(replayed));
    let package = fs::read_to_string(folder("core/fuzz/Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(package.contains(&format!("name = \"{name}\"\npath = \"targets/{name}.rs\"")));
    }
}

/// What the laws are for: an answer that is wrong in any of these ways is told.
#[test]
fn an_answer_that_breaks_a_law_is_told() {
    let request = common::ask(24, 16, common::PNG).v1(&common::jpeg(33, 17));
    let answer = common::answer(100, &request).unwrap();
    let broken =
        |answer: Vec<u8>| catch_unwind(|| laws::answered(100, &request, &Ok(answer))).is_err();
    assert!(!broken(answer.clone()));
    assert!(broken([answer.as_slice(), &[0]].concat()));
    assert!(broken(answer[..answer.len() - 1].to_vec()));
    // Version, reserved, width, height, format; and the file's own width.
    for offset in [0, 1, 4, 8, 12, 20 + 16 + 3] {
        let mut changed = answer.clone();
        changed[offset] ^= 2;
        assert!(broken(changed), "at {offset}");
    }
    let bug = || laws::within::<()>(laws::LIMITS, |_| Err(Error::Bug("a test's".into())));
    assert!(catch_unwind(bug).is_err());
    let kept =
        || laws::within(laws::LIMITS, |budget| budget.charge(1, "a test").map(std::mem::forget));
    assert!(catch_unwind(kept).is_err());
}
