//! The native library's own tests, against the sandbox library: a host that changes the file's name sees no other ABI.
#![allow(unsafe_code, reason = "these tests are a C caller")]
#![allow(clippy::duplicate_mod, reason = "each of the files has its own helpers")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

extern crate thumbox_sandbox as thumbox;

#[path = "../../../../native/tests/abi.rs"]
mod abi;
#[path = "../../../../native/tests/c.rs"]
mod c;
#[path = "../../../../native/tests/lifecycle.rs"]
mod lifecycle;
