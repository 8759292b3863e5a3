//! What a directory says of JPEG as TIFF 6.0 has it (section 22).

use super::tags;
use crate::codec::directory::Directory;
use crate::codec::ifd::Numbers;

/// What the directory says of it.
pub(super) struct OldJpeg<'a> {
    /// Where there is a JPEG of its own, and its bytes. It may have nothing but tables.
    pub(super) file: Option<u64>,
    pub(super) file_length: Option<u64>,
    /// 1 for baseline.
    pub(super) process: u64,
    /// MCUs between restarts; 0 for none.
    pub(super) restart: u64,
    /// Where the tables of each component are, by [`TABLES`].
    pub(super) tables: [Option<Numbers<'a>>; 3],
}

impl<'a> OldJpeg<'a> {
    pub(super) fn read(directory: &Directory<'a>) -> Self {
        Self {
            file: directory.number(tags::JPEG_INTERCHANGE_FORMAT),
            file_length: directory.number(tags::JPEG_INTERCHANGE_FORMAT_LENGTH),
            process: directory.number(tags::JPEG_PROC).unwrap_or(1),
            restart: directory.number(tags::JPEG_RESTART_INTERVAL).unwrap_or(0),
            tables: TABLES.map(|(tag, ..)| directory.numbers(tag)),
        }
    }
}

/// The tags of tables, and the markers and classes that they have in a JPEG (T.81, B.2.4).
pub(super) const TABLES: [(u16, u8, u8); 3] = [
    (tags::JPEG_Q_TABLES, 0xDB, 0x00),
    (tags::JPEG_DC_TABLES, 0xC4, 0x00),
    (tags::JPEG_AC_TABLES, 0xC4, 0x10),
];
