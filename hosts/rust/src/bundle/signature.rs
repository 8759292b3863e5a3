//! Minisign's keys and signatures, checked by `minisign-verify`; nothing of the curve is done here.
//!
//! Formats: <https://jedisct1.github.io/minisign/>, "Signature format" and "Public key format". Only prehashed
//! signatures ("ED", BLAKE2b-512 of the file) are taken; the older kind ("Ed") signs the file itself, so that a
//! signature of one kind could pass for one of the other.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thumbox_protocol::Code;

use crate::error::{Error, Result};

const UNTRUSTED: &str = "untrusted comment:";
const TRUSTED: &str = "trusted comment: ";
const LONGEST_KEY_FILE: u64 = 4096;

/// A minisign public key: the one that a caller trusts.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: minisign_verify::PublicKey,
    id: [u8; 8],
}

impl PublicKey {
    /// From the key's 56 characters, or from the two lines of a key file.
    ///
    /// # Errors
    /// Code 4 for a text that is neither.
    pub fn parse(text: &str) -> Result<Self> {
        let lines: Vec<_> = text.trim().lines().collect();
        let line = match lines.as_slice() {
            [line] => line,
            [comment, line] if comment.starts_with(UNTRUSTED) => line,
            lines => {
                return Err(no_key(format!(
                    "it has {} lines; a minisign public key has one, or a comment and one",
                    lines.len()
                )));
            }
        };
        let parsed = decoded::<42>(line).filter(|raw| raw.starts_with(b"Ed")).and_then(|raw| {
            let id = raw.get(2..10)?.try_into().ok()?;
            Some(Self { key: minisign_verify::PublicKey::from_base64(line).ok()?, id })
        });
        parsed.ok_or_else(|| {
            no_key("it is no minisign public key: 56 characters of base64 that begin with RW")
        })
    }

    /// From a key file.
    ///
    /// # Errors
    /// Code 4 for a file that cannot be read or is not a public key. Its content is not shown.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(LONGEST_KEY_FILE).read_to_string(&mut text))
            .map_err(|error| no_key(format!("the file {}: {error}", path.display())))?;
        Self::parse(&text)
    }

    /// The key's number as minisign shows it.
    #[must_use]
    pub fn number(&self) -> String {
        number(&self.id)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.number()).finish()
    }
}

/// Whether `key` has signed `content`; the reason if it has not, to follow the name of what was signed.
pub(super) fn check(
    key: &PublicKey,
    content: &[u8],
    signature: &[u8],
) -> std::result::Result<(), String> {
    const NONE: &str = "has an invalid minisign signature file";
    let text = std::str::from_utf8(signature).map_err(|_| NONE)?;
    let lines: Vec<_> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
    let &[first, head, comment, whole] = lines.as_slice() else { return Err(NONE.to_owned()) };
    let without = |line: &'_ str| line.strip_suffix('\r').unwrap_or(line).to_owned();
    let is_form = first.starts_with(UNTRUSTED) && comment.starts_with(TRUSTED);
    let raw = decoded::<74>(&without(head)).filter(|_| is_form).ok_or(NONE)?;
    decoded::<64>(&without(whole)).ok_or(NONE)?;
    let (kind, rest) = raw.split_at(2);
    match kind {
        b"ED" => {}
        b"Ed" => return Err("has a signature of the old kind, which is not prehashed".to_owned()),
        &[one, two] => {
            return Err(format!("has a signature of the unknown kind {one:02x} {two:02x}"));
        }
        _ => return Err(NONE.to_owned()),
    }
    if !rest.starts_with(&key.id) {
        let other = number(rest.get(..8).unwrap_or_default());
        let trusted = key.number();
        return Err(format!(
            "is signed with the key {other}, and the key {trusted} is the trusted one"
        ));
    }
    let parsed = minisign_verify::Signature::decode(text).map_err(|_| NONE)?;
    key.key.verify(content, &parsed, false).map_err(|_| {
        let trusted = key.number();
        format!("has a signature that is not of its content and comment by the key {trusted}")
    })
}

fn decoded<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn number(id: &[u8]) -> String {
    id.iter().rev().map(|byte| format!("{byte:02X}")).collect()
}

fn no_key(reason: impl fmt::Display) -> Error {
    Error::new(Code::Config, format!("the public key: {reason}"))
}
