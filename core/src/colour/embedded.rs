//! The profile that a thumbnail carries: the one that was rebuilt, with the texts that a profile must have (ICC.1:2022,
//! sections 8.2, 9.2.21 and 9.2.41). Of the file's own bytes nothing but numbers is left.

use super::profile::{Profile, Space};
use crate::budget::{Budget, Charge};
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// Bytes that the texts take at the most, with their two entries in the table of tags.
const TEXTS: usize = 512;

const COPYRIGHT: &str = "Rebuilt by Thumbox";

/// A profile's file, and the charge that covers it.
#[derive(Debug)]
pub(crate) struct Embedded<'b> {
    pub(crate) bytes: Vec<u8>,
    _charge: Charge<'b>,
}

impl<'b> Embedded<'b> {
    /// The file of a profile that was rebuilt.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn new(profile: &Profile<'_>, budget: &'b Budget) -> Result<Self> {
        let length = (profile.bytes().len() + TEXTS) as u64;
        let charge = budget.charge(length, "the thumbnail's ICC profile")?;
        let bytes = with_texts(profile)
            .ok_or_else(|| Error::Bug("a profile that was rebuilt is not one".into()))?;
        Ok(Self { bytes, _charge: charge })
    }
}

fn with_texts(profile: &Profile<'_>) -> Option<Vec<u8>> {
    const HEADER: usize = 128;
    const COUNT: usize = 4;
    const ENTRY: usize = 12;
    let description = match profile.space() {
        Space::Grey => "Grey of the picture",
        Space::Rgb => "RGB of the picture",
        Space::Cmyk => return None,
    };
    let rebuilt = profile.bytes();
    let (header, rest) = rebuilt.split_at_checked(HEADER)?;
    let major = *header.get(8)?;
    let mut cursor = Cursor::new(rest);
    let count = cursor.u32_be()?;
    let moved = 2 * ENTRY;
    let mut file = Vec::with_capacity(rebuilt.len() + TEXTS);
    file.extend_from_slice(header);
    file.extend((count + 2).to_be_bytes());
    for _ in 0..count {
        let (name, offset, size) = (cursor.array::<4>()?, cursor.u32_be()?, cursor.u32_be()?);
        file.extend(name);
        file.extend((offset + u32::try_from(moved).ok()?).to_be_bytes());
        file.extend(size.to_be_bytes());
    }
    let tags = cursor.rest();
    let mut offset = HEADER + COUNT + ENTRY * (count as usize + 2) + tags.len();
    let texts = if major < 4 {
        [(b"desc", text_description(description)?), (b"cprt", ascii(COPYRIGHT))]
    } else {
        [(b"desc", localized(description)?), (b"cprt", localized(COPYRIGHT)?)]
    };
    for (name, text) in &texts {
        file.extend(*name);
        file.extend(u32::try_from(offset).ok()?.to_be_bytes());
        file.extend(u32::try_from(text.len()).ok()?.to_be_bytes());
        offset += text.len();
    }
    file.extend_from_slice(tags);
    texts.iter().for_each(|(_, text)| file.extend(text));
    let length = u32::try_from(file.len()).ok()?;
    file.get_mut(..4)?.copy_from_slice(&length.to_be_bytes());
    Some(file)
}

/// A type's data in a multiple of 4 bytes.
fn aligned(mut data: Vec<u8>) -> Vec<u8> {
    data.resize(data.len().next_multiple_of(4), 0);
    data
}

/// `multiLocalizedUnicodeType` (section 10.15): one record, American English, in UTF-16.
fn localized(text: &str) -> Option<Vec<u8>> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut data = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS".to_vec();
    data.extend(u32::try_from(units.len()).ok()?.to_be_bytes());
    data.extend(28_u32.to_be_bytes());
    data.extend(units);
    Some(aligned(data))
}

/// `textType` (section 10.24).
fn ascii(text: &str) -> Vec<u8> {
    aligned([b"text\0\0\0\0", text.as_bytes(), b"\0"].concat())
}

/// `textDescriptionType` of version 2 (ICC.1:2001-04, section 6.5.17): in ASCII, and neither in Unicode nor in ScriptCode.
fn text_description(text: &str) -> Option<Vec<u8>> {
    let count = u32::try_from(text.len() + 1).ok()?.to_be_bytes();
    Some(aligned([b"desc\0\0\0\0", &count[..], text.as_bytes(), b"\0", &[0; 78]].concat()))
}
