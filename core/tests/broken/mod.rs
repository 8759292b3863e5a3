//! What is said of a file that breaks a rule.
#![allow(unreachable_pub, reason = "a module of tests")]

use image::RgbaImage;

use super::common::*;

/// The picture at its own size.
pub fn shown(file: &[u8]) -> RgbaImage {
    pixels(&thumbnail(&ask(400, 400, PNG).v1(file)).2).to_rgba8()
}

/// The error's number; 0 for a picture.
pub fn code(file: &[u8]) -> u32 {
    answer(100, &ask(8, 8, PNG).v1(file)).err().map_or(0, |error| error.code().number())
}

/// The same where anything that is missing or damaged is refused.
pub fn strict_code(file: &[u8]) -> u32 {
    let refuse = Ask { flags: 4, ..ask(8, 8, PNG) }.v2(0, file);
    answer(100, &refuse).err().map_or(0, |error| error.code().number())
}
