//! Any image, asked of this program's core and of the component: two bytes say for what, as `thumbox_twins::request` reads
//! them.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use thumbox_twins::{Twins, request};

fn twins() -> &'static Twins {
    static TWINS: OnceLock<Twins> = OnceLock::new();
    TWINS.get_or_init(|| {
        let file = std::env::var_os("THUMBOX_COMPILED").expect("`cargo xtask fuzz twins` sets it");
        let code = std::fs::read(file).expect("the component's compiled code");
        // SAFETY: `cargo xtask fuzz` has compiled it just now.
        unsafe { Twins::load(&code) }.expect("the component")
    })
}

fuzz_target!(|data: &[u8]| {
    let (message_id, request) = request(data);
    let answers = twins().ask(message_id, &request);
    assert!(answers.fault().is_none(), "{answers:?}");
});
