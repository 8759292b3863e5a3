//! Components for formats that the base component does not read, behind the C ABI.
#![allow(unsafe_code, reason = "these tests are a C caller")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

extern crate thumbox_sandbox as thumbox;

#[path = "../../../../native/tests/support/mod.rs"]
mod support;

use support::Plugin;
use thumbox_protocol::MSG_THUMBNAIL_CREATE;

/// 16 x 12 pixels: testdata/heif/README.md says where they come from.
const HEIC: &[u8] = include_bytes!("../../../../testdata/heif/tiny.heic");

#[test]
fn a_heic_goes_on_to_its_component() {
    for (config, code) in [
        ("", 0),
        (r#"{"data": {"max_pixels": 191}}"#, 300),
        (r#"{"data": {"formats": ["png"]}}"#, 203),
    ] {
        let plugin = Plugin::start(config, None).unwrap();
        let mut header = vec![1, 0, 0, 0];
        // A box of 8 x 8, PNG.
        for value in [8, 8, 1, 0, u32::try_from(HEIC.len()).unwrap()] {
            header.extend(value.to_le_bytes());
        }
        for _ in 0..2 {
            let reply = plugin.parts(MSG_THUMBNAIL_CREATE, &[&header, HEIC]);
            assert_eq!(reply.code, code, "{config}");
            assert!(code != 0 || reply.bytes.ends_with(b"IEND\xaeB`\x82"));
        }
        assert!(plugin.shutdown());
    }
}
