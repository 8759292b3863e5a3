//! The image resources of a PSD that say something of its picture.

use crate::cursor::Cursor;

/// What they say.
pub(super) struct Resources<'a> {
    /// 1039: the ICC profile; empty where there is none.
    pub(super) profile: &'a [u8],
    /// 1047: the number of the transparent colour.
    pub(super) transparent: Option<u16>,
    /// 1057: whether the flattened picture is the layers'; if not, it is white or a text that says so.
    pub(super) is_flattened: bool,
}

impl<'a> Resources<'a> {
    /// Reads as many as there are.
    pub(super) fn read(section: &'a [u8]) -> Self {
        let mut found = Self { profile: &[], transparent: None, is_flattened: true };
        let mut cursor = Cursor::new(section);
        while let Some((id, data)) = resource(&mut cursor) {
            match id {
                1039 => found.profile = data,
                1047 => found.transparent = Cursor::new(data).u16_be(),
                1057 => found.is_flattened = data.get(4) != Some(&0),
                _ => {}
            }
        }
        found
    }
}

/// A resource: its number, and its data.
fn resource<'a>(cursor: &mut Cursor<'a>) -> Option<(u16, &'a [u8])> {
    // "8BIM", but for a few of other programs'.
    cursor.take(4)?;
    let id = cursor.u16_be()?;
    // A name with its length, together a multiple of 2 bytes.
    let length = usize::from(cursor.u8()?);
    cursor.take(length | 1)?;
    let length = usize::try_from(cursor.u32_be()?).ok()?;
    let data = cursor.take(length)?;
    // The last may be missing.
    cursor.take_up_to(length & 1);
    Some((id, data))
}
