//! What the tests of this package share: the builds that `cargo xtask test` has made, and the hostile component.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "../../../../testdata/golden.rs"]
mod golden_set;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, fs};

pub use golden_set::Case;
use thumbox_host::{
    ComponentPlugin, Isolation, NativePlugin, Options, Program, Result, SandboxOptions,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// A file that `cargo xtask build --testing` makes.
pub fn artifact(name: &str) -> PathBuf {
    let folder = match env::var_os("THUMBOX_TESTING_ARTIFACTS") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("target/artifacts-testing"),
    };
    let file = folder.join(name);
    assert!(
        file.is_file(),
        "{} is missing: `cargo xtask build --testing` makes it",
        file.display()
    );
    file
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The real native library.
pub fn native(options: &Options) -> NativePlugin {
    library("thumbox", options).unwrap()
}

/// A library that has the C ABI.
pub fn library(name: &str, options: &Options) -> Result<NativePlugin> {
    let file = format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    #[allow(unsafe_code, reason = "a library is loaded")]
    // SAFETY: the library is one that was built for these tests.
    let plugin = unsafe { NativePlugin::load(artifact(&file), options) };
    plugin
}

/// The real component, which was compiled when it was built.
pub fn component(options: &SandboxOptions) -> ComponentPlugin {
    static CODE: OnceLock<Vec<u8>> = OnceLock::new();
    let code = CODE.get_or_init(|| fs::read(artifact("thumbox.cwasm")).unwrap());
    #[allow(unsafe_code, reason = "compiled code is loaded")]
    // SAFETY: the code was compiled for these tests.
    let program = unsafe { Program::precompiled(code.as_slice(), options) }.unwrap();
    ComponentPlugin::start(&program, options).unwrap()
}

/// The hostile component's text, with what stands in braces.
pub struct Hostile {
    pub panic_text: u32,
    pub json: &'static str,
    pub configure: &'static str,
    pub more: String,
}

impl Default for Hostile {
    fn default() -> Self {
        Self { panic_text: 1024, json: "unreachable", configure: "", more: String::new() }
    }
}

impl Hostile {
    /// The component.
    pub fn build(&self) -> Vec<u8> {
        let text = text()
            .replace("{panic_text}", &self.panic_text.to_string())
            .replace("{json}", self.json)
            .replace("{configure}", self.configure)
            .replace("{more}", &self.more)
            .replace("{transport}", "thumbox:plugin/transport@0.1.0#");
        let mut module = wat::parse_str(text).unwrap();
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_file(root().join("wit/thumbox.wit")).unwrap();
        let world = resolve.select_world(&[package], Some("plugin")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .unwrap();
        ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
    }
}

fn text() -> String {
    fs::read_to_string(root().join("testdata/hostile.wat")).unwrap()
}

/// The number of a harm, as the head of the text says it.
pub fn harm(name: &str) -> u32 {
    let line = format!(";;   {name} = ");
    text().lines().find_map(|told| told.strip_prefix(&line)?.parse().ok()).unwrap()
}

/// Harms, the code of each, and what its message says, with [`tight`] limits.
pub const HARMS: &[(&str, u32, &str)] = &[
    ("LOOP", 10, "the call ran past its timeout of 0.3 s"),
    ("REPLY_OUT_OF_MEMORY", 11, "out of bounds"),
    ("REPLY_TOO_LONG", 11, "out of bounds"),
    ("RESULT_OUT_OF_MEMORY", 11, "out of bounds"),
    ("DIE_SILENTLY", 301, "ran out of memory; memory_limit is 33554432 bytes"),
    ("PANIC", 11, "the sandbox panicked: said by the guest"),
    ("PANIC_WITH_A_LONG_TEXT", 11, "said by the guest"),
    ("OVERFLOW_THE_STACK", 11, "stopped with a trap: wasm trap: call stack exhausted"),
    ("READ_OUT_OF_MEMORY", 11, "stopped with a trap: wasm trap: out of bounds memory access"),
    ("EAT_MEMORY", 301, "memory_limit is 33554432 bytes, of which 3"),
    ("RESULT_OF_NO_KIND", 11, "discriminant"),
    ("ERROR_THAT_IS_NO_TEXT", 11, "utf-8"),
    ("DIVIDE_BY_ZERO", 11, "stopped with a trap: wasm trap: integer divide by zero"),
    ("LOOP_IN_POST", 10, "the call ran past its timeout"),
    ("DIE_IN_POST", 301, ""),
    ("REPLY_OF_4_GIB", 11, "out of bounds"),
    ("REPLY_AT_A_NEGATIVE_ADDRESS", 11, "out of bounds"),
    ("ADDRESS_AND_LENGTH_WRAP", 11, "out of bounds"),
    ("NO_REPLY_AREA", 11, ""),
    ("CORRUPT_ITS_HEAP", 11, "discriminant"),
    ("A_VERY_LONG_MESSAGE", 11, "utf-8"),
    ("ERROR_ELSEWHERE", 11, "out of bounds"),
];

/// For the hostile component: little memory, little time.
pub fn tight() -> SandboxOptions {
    SandboxOptions {
        memory_limit: 32 << 20,
        timeout: Some(Duration::from_millis(300)),
        ..SandboxOptions::default()
    }
}

/// The same with shared instances.
pub fn pooled(options: SandboxOptions) -> SandboxOptions {
    SandboxOptions { isolation: Isolation::Pool, ..options }
}

/// Every case of the golden set.
pub fn golden() -> Vec<Case> {
    golden_set::cases(&root())
}
