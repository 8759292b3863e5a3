//! ICOs and CURs.

/// A file of pictures. `kind`: 1 for icons, 2 for cursors.
pub fn icon(kind: u8, pictures: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0, 0, kind, 0];
    file.extend((pictures.len() as u16).to_le_bytes());
    let mut place = 6 + 16 * pictures.len();
    for picture in pictures {
        file.extend(described(picture));
        file.extend([picture.len(), place].map(|value| (value as u32).to_le_bytes()).concat());
        place += picture.len();
    }
    [file, pictures.concat()].concat()
}

/// What a directory says of a picture: sides, of which 256 is 0, colours, planes and bits.
fn described(picture: &[u8]) -> [u8; 8] {
    let at = |offset: usize| picture.get(offset).copied().unwrap_or(0);
    match picture.first() {
        Some(0x89) => [at(19), at(23), 0, 0, 1, 0, 32, 0],
        _ => [at(4), at(8) / 2, 0, 0, 1, 0, at(14), 0],
    }
}

/// A bitmap of an icon.
#[derive(Clone)]
pub struct Bitmap {
    pub width: u32,
    pub height: u32,
    pub bits: u16,
    /// Blue, green, red and nothing.
    pub palette: Vec<u8>,
    /// Rows from the bottom, each filled up to 4 bytes.
    pub pixels: Vec<u8>,
    pub mask: Vec<u8>,
}

impl Bitmap {
    /// Bytes of a row of so many bits a pixel.
    pub fn stride(width: u32, bits: u16) -> usize {
        (width as usize * usize::from(bits)).div_ceil(32) * 4
    }

    pub fn file(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let colours = self.palette.len() as u32 / 4;
        let sides = [40, self.width, self.height * 2, u32::from(self.bits) << 16 | 1];
        for field in sides.into_iter().chain([0, 0, 0, 0, colours, 0]) {
            file.extend(field.to_le_bytes());
        }
        [file.as_slice(), &self.palette, &self.pixels, &self.mask].concat()
    }
}
