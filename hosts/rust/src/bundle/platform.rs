//! What a file of code is, by its first bytes, and what this machine can load.

use std::env::consts::{ARCH, OS};

use super::fields::Fields;

/// What [`kind`] says of a component.
pub(super) const COMPONENT: &str = "a WebAssembly component";

/// The key that a bundle has for this machine, such as "linux-x86_64".
pub(super) fn this_platform() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    format!("{system}-{ARCH}")
}

/// In words: a component, for which platform a library is, or what else.
pub(super) fn kind(content: &[u8]) -> String {
    if content.starts_with(b"\0asm") {
        let is_component = content.get(4..8) == Some(b"\x0d\0\x01\0");
        return (if is_component {
            COMPONENT
        } else {
            "a WebAssembly module that is no component"
        })
        .to_owned();
    }
    let known = [
        (
            &b"\x7fELF\x02\x01\x01"[..],
            elf as fn(&[u8]) -> Option<&'static str>,
            "another kind of ELF file",
        ),
        (b"\xcf\xfa\xed\xfe", mach, "another Mach-O file"),
        (b"MZ", portable, "another Windows program"),
    ];
    for (magic, platform, otherwise) in known {
        if content.starts_with(magic) {
            return platform(content).map_or_else(|| otherwise.to_owned(), library);
        }
    }
    let start: Vec<_> = content.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let start = if start.is_empty() { "nothing".to_owned() } else { start.join(" ") };
    format!("a file that starts with {start}")
}

/// A library for a platform, in words.
pub(super) fn library(platform: &str) -> String {
    format!("a library for {platform}")
}

/// ELF-64, little-endian, of type `ET_DYN`: `e_machine` of System V's processor supplements.
fn elf(content: &[u8]) -> Option<&'static str> {
    let mut fields = Fields::new(content.get(16..)?);
    match (fields.u16()?, fields.u16()?) {
        (3, 62) => Some("linux-x86_64"),
        (3, 183) => Some("linux-aarch64"),
        _ => None,
    }
}

/// Mach-O 64, little-endian, `MH_DYLIB`: loader.h and machine.h of Darwin.
fn mach(content: &[u8]) -> Option<&'static str> {
    let mut fields = Fields::new(content.get(4..)?);
    let machine = fields.u32()?;
    fields.u32()?; // its subtype
    match (machine, fields.u32()?) {
        (0x0100_0007, 6) => Some("darwin-x86_64"),
        (0x0100_000c, 6) => Some("darwin-aarch64"),
        _ => None,
    }
}

/// Portable executable: "Machine Types" and "Characteristics" (`IMAGE_FILE_DLL`) of Microsoft's PE format.
fn portable(content: &[u8]) -> Option<&'static str> {
    let header = Fields::new(content.get(60..)?).u32()?;
    let mut fields = Fields::new(content.get(usize::try_from(header).ok()?..)?);
    if fields.take(4)? != b"PE\0\0" {
        return None;
    }
    let machine = fields.u16()?;
    fields.take(16)?;
    match (machine, fields.u16()? & 0x2000) {
        (0x8664, 0x2000) => Some("windows-x86_64"),
        (0xaa64, 0x2000) => Some("windows-aarch64"),
        _ => None,
    }
}
