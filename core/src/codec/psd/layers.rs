//! What the layers of a PSD say of the flattened picture: whether there are any, and whether it has alpha.

use crate::cursor::Cursor;

/// What the section of layers and masks says.
#[derive(Default)]
pub(super) struct Layers {
    /// Whether there are layers.
    pub(super) is_any: bool,
    /// Whether the first plane behind the colours of the flattened picture is its alpha.
    pub(super) has_alpha: bool,
}

/// How wide a length is: 8 bytes in a PSB, else 4.
#[derive(Clone, Copy)]
pub(super) struct Width {
    pub(super) is_large: bool,
}

impl Width {
    pub(super) fn read(self, cursor: &mut Cursor<'_>) -> Option<usize> {
        if self.is_large {
            usize::try_from(u64::from_be_bytes(cursor.array()?)).ok()
        } else {
            usize::try_from(cursor.u32_be()?).ok()
        }
    }
}

/// Blocks whose lengths are wide in a PSB.
const WIDE: [&[u8; 4]; 13] = [
    b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk", b"lnk2",
    b"FEid", b"FXid", b"PxSD",
];

impl Layers {
    pub(super) fn read(section: &[u8], width: Width) -> Self {
        let mut found = Self::default();
        // Ends where there is nothing more to read.
        let _ = found.take(Cursor::new(section), width);
        found
    }

    fn take(&mut self, mut cursor: Cursor<'_>, width: Width) -> Option<()> {
        let length = width.read(&mut cursor)?;
        self.count(cursor.take(length)?);
        // The global mask.
        let length = usize::try_from(cursor.u32_be()?).ok()?;
        cursor.take(length)?;
        // Blocks: those of layers with 16 bits are there, and one that says that there is alpha.
        loop {
            cursor.take(4)?;
            let key = cursor.array::<4>()?;
            let is_wide = WIDE.contains(&&key);
            let length = Width { is_large: width.is_large && is_wide }.read(&mut cursor)?;
            let data = cursor.take_up_to(length);
            match &key {
                b"Layr" | b"Lr16" | b"Lr32" => self.count(data),
                b"Mtrn" | b"Mt16" | b"Mt32" => self.has_alpha = true,
                _ => {}
            }
            // A multiple of 4 bytes.
            cursor.take_up_to(length.wrapping_neg() & 3);
        }
    }

    /// The number of layers; below 0 where there is alpha, too.
    fn count(&mut self, layers: &[u8]) {
        if let Some(count) = Cursor::new(layers).u16_be().map(u16::cast_signed) {
            self.is_any |= count != 0;
            self.has_alpha |= count < 0;
        }
    }
}
