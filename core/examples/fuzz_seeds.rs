//! Writes what a fuzz target starts from: `fuzz_seeds TARGET FOLDER`.
#![allow(
    clippy::unwrap_used,
    reason = "a tool of the project's own, which may fail where it stands"
)]

#[path = "../tests/cameras/mod.rs"]
mod cameras;
#[path = "../tests/coder/mod.rs"]
mod coder;
#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/containers/mod.rs"]
mod containers;
#[path = "../tests/seeds/mod.rs"]
mod seeds;
#[path = "../tests/wrapped/mod.rs"]
mod wrapped;

use std::path::PathBuf;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(target), Some(folder), None) =
        (arguments.next(), arguments.next().map(PathBuf::from), arguments.next())
    else {
        eprintln!("usage: fuzz_seeds TARGET FOLDER");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in seeds::seeds(target.to_str().unwrap()) {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
