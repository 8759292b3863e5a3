//! What Wasmtime makes of `wit/thumbox.wit`.
#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::restriction
)] // generated

wasmtime::component::bindgen!({ path: "wit", world: "plugin" });
