//! What both builds must answer the same: every seed, small files cut off anywhere, and some thousands that were changed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::path::PathBuf;
use std::sync::OnceLock;
use std::{env, fs};

use thumbox_core::Limits;
use thumbox_twins::{FORMATS, Fault, Input, Inputs, LIMITS, Twins, request};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().to_owned()
}

fn twins() -> &'static Twins {
    static TWINS: OnceLock<Twins> = OnceLock::new();
    TWINS.get_or_init(|| load(LIMITS))
}

fn load(limits: Limits) -> Twins {
    let folder = env::var_os("THUMBOX_TESTING_ARTIFACTS");
    let folder = folder.map_or(root().join("target/artifacts-testing"), PathBuf::from);
    let file = folder.join("thumbox.cwasm");
    let code = fs::read(&file).unwrap_or_else(|error| {
        let make = "`cargo xtask build --testing --sandbox` makes it";
        panic!("{}: {error}; {make}", file.display())
    });
    #[allow(unsafe_code, reason = "compiled code is loaded")]
    // SAFETY: the code was compiled for these tests.
    let twins = unsafe { Twins::with_limits(&code, limits) };
    twins.unwrap()
}

fn agree(inputs: impl Iterator<Item = Input>) -> usize {
    agree_of(twins(), inputs)
}

fn agree_of(twins: &Twins, inputs: impl Iterator<Item = Input>) -> usize {
    let mut count = 0;
    for input in inputs {
        let answers = twins.ask(input.message_id, &input.request);
        if let Some(fault) = answers.fault() {
            let file =
                env::temp_dir().join(format!("twins-{}.msg{}", input.format, input.message_id));
            fs::write(&file, &input.request).unwrap();
            let here = answers.here.map(|answer| answer.words());
            panic!(
                "{fault:?}, {}\nhere: {here:?}\ncomponent: {}",
                file.display(),
                answers.sandbox.words()
            );
        }
        count += 1;
    }
    count
}

#[test]
fn both_answer_every_seed_alike() {
    assert!(agree(Inputs::new(&FORMATS, 0).whole()) > 1500);
}

#[test]
fn both_answer_what_is_cut_off_alike() {
    assert!(agree(Inputs::new(&FORMATS, 0).cut(4)) > 1500);
}

#[test]
fn both_answer_extreme_lengths_and_sides_alike() {
    // As many pixels as by default: else most would go no further than that limit.
    let twins = load(Limits { max_pixels: Limits::DEFAULT.max_pixels, ..LIMITS });
    assert!(agree_of(&twins, Inputs::new(&FORMATS, 0).extreme(3)) > 1500);
}

#[test]
fn both_answer_what_was_changed_alike() {
    let inputs = Inputs::new(&FORMATS, 1);
    assert_eq!(agree((0..6000).map(|number| inputs.changed(number))), 6000);
}

#[test]
fn both_answer_kept_finds_alike() {
    let folder = root().join("testdata/fuzz/twins");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (message_id, request) = request(&fs::read(&path).unwrap());
        let fault = twins().ask(message_id, &request).fault();
        assert_eq!(fault, None, "{}", path.display());
    }
}

/// The same number makes the same input, whoever asks, and changes most files.
#[test]
fn inputs_are_what_their_numbers_say() {
    let [first, second, other] = [1, 1, 2].map(|seed| Inputs::new(&FORMATS, seed));
    let differ = (0..100).filter(|number| {
        let made = first.changed(*number);
        assert_eq!(made.request, second.changed(*number).request);
        made.request != other.changed(*number).request
    });
    assert!(differ.count() > 90);
}

/// A panic is a find, and the next input is answered all the same.
#[test]
fn a_panic_is_told_and_the_next_input_is_answered() {
    for _ in 0..3 {
        let answers = twins().ask(u32::MAX, b"");
        assert_eq!(answers.fault(), Some(Fault::Internal));
        assert!(answers.sandbox.words().contains("a test asked for"), "{answers:?}");
        assert_eq!(
            answers.here.unwrap().words(),
            "code 11: a panic: a panic that a test asked for"
        );
        assert_eq!(twins().ask(1, b"hello").fault(), None);
    }
}
