//! The headers of a BMP: BITMAPFILEHEADER, then BITMAPCOREHEADER, BITMAPINFOHEADER and its successors, or OS/2's.

use thumbox_protocol::Format;

use super::icon::Mask;
use crate::codec::fields::Fields;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// What the headers say.
pub(super) struct Headers<'a> {
    pub(super) info: Info,
    /// Whether the first stored row is the upper one.
    pub(super) top_down: bool,
    /// Bits of a pixel: 1, 2, 4, 8, 16, 24 or 32.
    pub(super) depth: u16,
    pub(super) pixels: Pixels<'a>,
    /// The pixels, as they are stored.
    pub(super) data: &'a [u8],
    /// Of an icon's bitmap: where it shows what is behind it, if pixels do not say it themselves.
    pub(super) mask: Option<Mask<'a>>,
}

/// How pixels are stored.
pub(super) enum Pixels<'a> {
    /// As numbers of colours.
    Palette(Palette<'a>),
    /// The same, in runs (BI_RLE8 and BI_RLE4).
    Runs(Palette<'a>),
    /// Blue, green and red, a byte each.
    Bgr,
    /// In fields of bits.
    Fields(Fields),
}

/// Colours, blue first.
pub(super) struct Palette<'a> {
    table: &'a [u8],
    /// Bytes of a colour: 3, or 4 of which the last says nothing.
    entry: usize,
}

impl Palette<'_> {
    /// The colours as RGB.
    pub(super) fn colours(&self) -> Vec<[u8; 4]> {
        let colour = |entry: &[u8]| match entry {
            [blue, green, red, ..] => [*red, *green, *blue, 255],
            _ => [0; 4],
        };
        self.table.chunks_exact(self.entry).map(colour).collect()
    }
}

const BITMAPFILEHEADER: usize = 14;
const BITMAPCOREHEADER: u32 = 12;
/// The shortest that OS/2 has beside it.
const SHORTEST: u32 = 16;
const BITMAPINFOHEADER: u32 = 40;
const BITMAPV3INFOHEADER: u32 = 56;
/// The longest of OS/2's, whose compressions have other meanings.
const OS22XBITMAPHEADER: u32 = 64;

// Compressions.
const BI_RGB: u32 = 0;
const BI_RLE8: u32 = 1;
const BI_RLE4: u32 = 2;
const BI_BITFIELDS: u32 = 3;
const BI_ALPHABITFIELDS: u32 = 6;

impl<'a> Headers<'a> {
    /// Reads a file.
    pub(super) fn of_file(file: &'a [u8]) -> Result<Self> {
        let data = Cursor::at(file, 10).u32_le().ok_or_else(cut)?;
        Self::read(file, BITMAPFILEHEADER, data)
    }

    /// Reads a bitmap of an icon, which has no file header, and behind its pixels a mask, which counts in the height.
    ///
    /// # Errors
    /// As for a file.
    pub(super) fn of_icon(bitmap: &'a [u8]) -> Result<Self> {
        let mut headers = Self::read(bitmap, 0, 0)?;
        headers.halve()?;
        headers.mask = headers.icon_mask();
        headers.info.alpha = true;
        Ok(headers)
    }

    /// The mask of an icon's bitmap; `None` where pixels have alpha of their own.
    fn icon_mask(&self) -> Option<Mask<'a>> {
        let row = (u64::from(self.info.width) * u64::from(self.depth)).div_ceil(32) * 4;
        let length = usize::try_from(row.saturating_mul(self.info.height.into()));
        let (pixels, behind) =
            self.data.split_at_checked(length.unwrap_or(usize::MAX)).unwrap_or((self.data, &[]));
        let behind = match &self.pixels {
            Pixels::Fields(fields) if fields.has_alpha() => {
                if pixels.as_chunks::<4>().0.iter().any(|[.., alpha]| *alpha != 0) {
                    return None;
                }
                behind
            }
            // Where runs end is not known.
            Pixels::Runs(_) => &[],
            _ => behind,
        };
        Some(Mask::new(self.info.width, behind))
    }

    /// Reads headers that begin at `at`. `data`: where pixels begin; 0: behind the headers.
    fn read(file: &'a [u8], at: usize, data: u32) -> Result<Self> {
        let mut cursor = Cursor::at(file, at);
        let size = cursor.u32_le().ok_or_else(cut)?;
        if size != BITMAPCOREHEADER && size < SHORTEST {
            let detail = format!("its header has {size} bytes; 12, or 16 and more, are allowed");
            return Err(Error::corrupt(Format::Bmp, detail));
        }
        let sides = (|| match size {
            BITMAPCOREHEADER => Some((i32::from(cursor.u16_le()?), i32::from(cursor.u16_le()?))),
            _ => Some((cursor.u32_le()?.cast_signed(), cursor.u32_le()?.cast_signed())),
        })();
        let (width, height) = sides.ok_or_else(cut)?;
        let depth = (|| Some((cursor.u16_le()?, cursor.u16_le()?)))().ok_or_else(cut)?.1;
        if width <= 0 || height == 0 {
            let detail = format!(
                "its dimensions are {width} x {height}; a width from 1 and a height other than 0 are allowed"
            );
            return Err(Error::corrupt(Format::Bmp, detail));
        }
        let later = |offset: u32| {
            let is_there = size >= offset + 4;
            is_there.then(|| Cursor::at(file, at + offset as usize).u32_le())
        };
        let compression = later(16).unwrap_or(Some(BI_RGB)).ok_or_else(cut)?;
        let used = later(32).unwrap_or(Some(0)).ok_or_else(cut)?;
        let start = at.saturating_add(size as usize);
        let entry = if size == BITMAPCOREHEADER { 3 } else { 4 };
        let palette = || {
            let most = 1_u32 << depth.min(8);
            let count = if used == 0 { most } else { used.min(most) };
            let table = Cursor::at(file, start).take_up_to(count as usize * entry);
            // Where the pixels begin earlier, there are fewer colours.
            let before_data = (data as usize).checked_sub(start).filter(|bytes| *bytes > 0);
            let table = table.get(..before_data.unwrap_or(usize::MAX)).unwrap_or(table);
            Palette { table, entry }
        };
        let pixels = match (depth, compression) {
            (1 | 2 | 4 | 8, BI_RGB) => Pixels::Palette(palette()),
            (8, BI_RLE8) | (4, BI_RLE4) => Pixels::Runs(palette()),
            (16, BI_RGB) => Pixels::Fields(Fields::RGB555),
            (24, BI_RGB) => Pixels::Bgr,
            (32, BI_RGB) => Pixels::Fields(Fields::RGB888),
            (16 | 24 | 32, BI_BITFIELDS | BI_ALPHABITFIELDS) if size != OS22XBITMAPHEADER => {
                let mut masks = Cursor::at(file, at + BITMAPINFOHEADER as usize);
                let alpha = compression == BI_ALPHABITFIELDS || size >= BITMAPV3INFOHEADER;
                let masks = (|| {
                    let colours = [masks.u32_le()?, masks.u32_le()?, masks.u32_le()?];
                    Some((colours, if alpha { masks.u32_le()? } else { 0 }))
                })();
                let (colours, alpha) = masks.ok_or_else(cut)?;
                Pixels::Fields(Fields::new(colours, alpha)?)
            }
            _ => {
                let detail = format!(
                    "{depth} bits a pixel with compression {compression}; 1, 2, 4, 8, 16, 24 or 32 bits without compression \
                     (0), 8 or 4 bits in runs (1 or 2) and 16, 24 or 32 bits with masks (3 or 6) are read"
                );
                return Err(Error::unsupported(Format::Bmp, detail));
            }
        };
        if let Pixels::Palette(palette) | Pixels::Runs(palette) = &pixels
            && palette.table.len() < palette.entry
        {
            return Err(Error::truncated(Format::Bmp, "it ends before its colours"));
        }
        let info = Info {
            format: Format::Bmp,
            width: width.unsigned_abs(),
            height: height.unsigned_abs(),
            orientation: Orientation::UPRIGHT,
            alpha: matches!(&pixels, Pixels::Fields(fields) if fields.has_alpha()),
            animated: false,
            progressive: false,
            icc: false,
        };
        let data = match data {
            // Some files say that their pixels begin where their colours do.
            offset if offset == 0 || depth <= 8 && offset as usize == start => {
                let body = file.get(at..).unwrap_or_default();
                after_headers(body, [size, compression, used], depth, entry)
            }
            offset => file.get(offset as usize..).unwrap_or_default(),
        };
        Ok(Self { info, top_down: height < 0, depth, pixels, data, mask: None })
    }

    /// The samples of a pixel that is expanded.
    pub(super) const fn channels(&self) -> usize {
        match &self.pixels {
            Pixels::Fields(fields) if fields.has_alpha() => 4,
            _ => 3,
        }
    }

    /// Takes the lower half of its height away, which is a mask.
    ///
    /// # Errors
    /// 201 where nothing is left.
    fn halve(&mut self) -> Result<()> {
        self.info.height /= 2;
        if self.info.height == 0 {
            let detail = "its height is 1; 2 and more is allowed, since a mask is half of it";
            return Err(Error::corrupt(Format::Bmp, detail));
        }
        if let Pixels::Fields(fields) = &mut self.pixels
            && self.depth == 32
            && *fields == Fields::RGB888
        {
            *fields = Fields::RGBA8888;
        }
        Ok(())
    }
}

fn cut() -> Error {
    Error::truncated(Format::Bmp, "it ends in its headers")
}

/// Where pixels begin if the file does not say it: behind the header, its masks and its colours. `body`: from the header
/// on.
fn after_headers(
    body: &[u8],
    [size, compression, used]: [u32; 3],
    depth: u16,
    entry: usize,
) -> &[u8] {
    let masks = match (size, compression) {
        (BITMAPINFOHEADER, BI_BITFIELDS) => 12,
        (BITMAPINFOHEADER, BI_ALPHABITFIELDS) => 16,
        _ => 0,
    };
    // Of what is not numbers, palettes are advice, and nobody reads them.
    let most = if depth > 8 { 0 } else { 1_u64 << depth };
    let colours = if used == 0 || depth > 8 { most } else { used.into() };
    let place = |colours: u64| {
        let place = u64::from(size) + masks + colours * entry as u64;
        usize::try_from(place).ok().and_then(|place| body.get(place..))
    };
    // More colours than the file has are no colours.
    place(colours).or_else(|| place(most)).unwrap_or_default()
}
