//! The file's chunks (W3C PNG, third edition, sections 5 and 11).

use std::io::{self, Write};

use super::image::Image;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The longest chunk that is written; one may not be longer than 2^31 - 1 bytes.
const LONGEST: usize = 1 << 30;

/// Writes the file with its image data and its profile, both of them compressed.
pub(super) fn write(
    image: &Image<'_>,
    profile: Option<&[u8]>,
    data: &[u8],
    file: &mut impl Write,
) -> io::Result<()> {
    file.write_all(SIGNATURE)?;
    let mut header = Vec::with_capacity(13);
    header.extend(image.width.to_be_bytes());
    header.extend(image.height.to_be_bytes());
    header.extend([image.depth, image.colour_type, 0, 0, 0]);
    chunk(b"IHDR", &header, file)?;
    if let Some(profile) = profile {
        // A name, its end, and the method of compression (section 11.3.2.3).
        chunk(b"iCCP", &[b"ICC profile\0\0", profile].concat(), file)?;
    }
    if let Some(palette) = image.palette {
        let colours = palette.colours.iter();
        let colours: Vec<u8> = colours.flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
        chunk(b"PLTE", &colours, file)?;
        let with_alpha = palette.colours.iter().take(palette.with_alpha());
        let alpha: Vec<u8> = with_alpha.map(|[.., alpha]| *alpha).collect();
        if !alpha.is_empty() {
            chunk(b"tRNS", &alpha, file)?;
        }
    }
    for part in data.chunks(LONGEST) {
        chunk(b"IDAT", part, file)?;
    }
    chunk(b"IEND", &[], file)
}

fn chunk(kind: &[u8; 4], body: &[u8], file: &mut impl Write) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    let mut crc = crc32fast::Hasher::new();
    crc.update(kind);
    crc.update(body);
    file.write_all(&length.to_be_bytes())?;
    file.write_all(kind)?;
    file.write_all(body)?;
    file.write_all(&crc.finalize().to_be_bytes())
}
