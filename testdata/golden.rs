//! Reads the golden set, for the tests of Rust's packages, which take this file in with `#[path]`.
//!
//! `golden/cases.tsv` has a line for each case: its name, the message's id, the code (0 for a reply), the request's
//! header in hexadecimal digits, and the source after it, a file of `golden/sources`; `-` for neither. What has to come
//! out is in `golden/replies`: the reply's bytes, or the error's text.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "test code: not every test reads all of it"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// A request and its answer.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub message_id: u32,
    /// 0 for a reply.
    pub code: u32,
    pub request: Vec<u8>,
    /// The reply, or the error's text.
    pub answer: Vec<u8>,
}

/// The folder of the golden set, below the workspace's root.
pub fn folder(root: &Path) -> PathBuf {
    root.join("testdata/golden")
}

/// Every case, in the order of the table.
pub fn cases(root: &Path) -> Vec<Case> {
    let folder = folder(root);
    let case = |line: &str| {
        let [name, message_id, code, header, source] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let mut request = bytes(header);
        if source != "-" {
            request.extend(fs::read(folder.join("sources").join(source)).unwrap());
        }
        Case {
            name: name.to_owned(),
            message_id: message_id.parse().unwrap(),
            code: code.parse().unwrap(),
            request,
            answer: fs::read(folder.join("replies").join(name)).unwrap(),
        }
    };
    let table = fs::read_to_string(folder.join("cases.tsv")).unwrap();
    let cases: Vec<Case> = table.lines().map(case).collect();
    assert!(cases.len() > 150, "{}", cases.len());
    cases
}

/// The bytes of a table's header.
fn bytes(digits: &str) -> Vec<u8> {
    if digits == "-" {
        return Vec::new();
    }
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}
