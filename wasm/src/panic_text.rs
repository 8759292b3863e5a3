//! Where a panic leaves its text.
//!
//! In this build a panic is a trap, and a trap carries no text. So the text stays in memory at an address
//! that the module exports, and a host reads it there without running the guest again.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | length of the text in bytes; 0 = nothing has panicked |
//! | 4 | up to 1020 | the text, UTF-8 |

use std::fmt::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

#[repr(C)]
struct PanicText {
    length: AtomicU32,
    text: [AtomicU8; thumbox_core::protocol::PANIC_TEXT],
}

// The one thing to know is that no other symbol of the module has this name: nothing else exports one.
#[allow(unsafe_code)]
#[unsafe(export_name = "thumbox_panic_text")]
static PANIC_TEXT: PanicText =
    PanicText { length: AtomicU32::new(0), text: [const { AtomicU8::new(0) }; _] };

/// From here on a panic keeps its text. Every entry calls this, for none is sure to be the first.
pub(crate) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            // It fails where the text is longer than the place for it, and is cut there.
            let _ = write!(Writer, "{panic}");
        }));
    });
}

/// Appends without allocating, since memory may be what ran out.
struct Writer;

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let start = PANIC_TEXT.length.load(Relaxed) as usize;
            let end = start + character.len_utf8();
            let place = PANIC_TEXT.text.get(start..end).ok_or(fmt::Error)?;
            let length = u32::try_from(end).map_err(|_| fmt::Error)?;
            for (cell, byte) in place.iter().zip(character.encode_utf8(&mut [0; 4]).bytes()) {
                cell.store(byte, Relaxed);
            }
            PANIC_TEXT.length.store(length, Relaxed);
        }
        Ok(())
    }
}
