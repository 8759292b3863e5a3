//! The header of a TGA, its colour map, and what its extension says of alpha.

use thumbox_protocol::Format;

use crate::codec::fields::Fields;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;
use crate::picture::Layout;

/// The end of the footer, and of the file.
pub(super) const SIGNATURE: &[u8] = b"TRUEVISION-XFILE.\0";

/// Bytes of the footer: two offsets and the signature.
const FOOTER: usize = 26;

/// What the headers say.
pub(super) struct Headers<'a> {
    pub(super) info: Info,
    pub(super) layout: Layout,
    pub(super) pixel: Pixel,
    /// Bytes of a stored pixel, 1 to 4.
    pub(super) bytes: usize,
    /// Whether pixels are in packets of runs.
    pub(super) packed: bool,
    /// Whether the first stored row is the upper one.
    pub(super) top_down: bool,
    /// Whether the first pixel of a row is the right one.
    pub(super) mirrored: bool,
    pub(super) alpha: Alpha,
    /// The pixels, as they are stored.
    pub(super) data: &'a [u8],
}

/// What a stored pixel is.
pub(super) enum Pixel {
    /// The number of a colour.
    Palette(Vec<[u8; 4]>),
    Grey,
    /// Grey, and a byte that is alpha or nothing.
    Grey16,
    Fields(Fields),
}

impl<'a> Headers<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self> {
        let (body, footer) =
            file.split_at_checked(file.len().wrapping_sub(FOOTER)).ok_or_else(cut)?;
        let mut cursor = Cursor::new(body);
        let header = (|| {
            let [id, has_map, kind] = cursor.array()?;
            let (first, length, depth_of_map) = (cursor.u16_le()?, cursor.u16_le()?, cursor.u8()?);
            let (_, _, width, height) =
                (cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?);
            let [depth, flags] = cursor.array()?;
            cursor.take(id.into())?;
            let map = Map { first, length, depth: depth_of_map };
            Some((kind, (has_map != 0).then_some(map), width, height, depth, flags))
        })();
        let (kind, map, width, height, depth, flags) = header.ok_or_else(cut)?;
        if width == 0 || height == 0 {
            let detail = format!("its dimensions are {width} x {height}; 1 and more is allowed");
            return Err(Error::corrupt(Format::Tga, detail));
        }
        let alpha = Alpha::of(flags, body, footer);
        let colours = match &map {
            Some(map) => map.read(&mut cursor, alpha != Alpha::None)?,
            None => None,
        };
        let is_map = map.is_some();
        let (pixel, layout) = match (kind & !8, depth, colours) {
            (1, 8, Some((colours, layout))) => (Pixel::Palette(colours), layout),
            (1, 8, None) if !is_map => (Pixel::Grey, Layout::Grey),
            (3, 8, _) => (Pixel::Grey, Layout::Grey),
            (3, 16, _) if alpha == Alpha::None => (Pixel::Grey16, Layout::Grey),
            (3, 16, _) => (Pixel::Grey16, Layout::GreyAlpha),
            (2, 15 | 16 | 24 | 32, _) => {
                let fields = fields(depth, alpha != Alpha::None);
                let layout = if fields.has_alpha() { Layout::Rgba } else { Layout::Rgb };
                (Pixel::Fields(fields), layout)
            }
            _ => {
                let map = map.map_or(0, |map| map.depth);
                let detail = format!(
                    "image type {kind} of {depth} bits a pixel, with colours of {map} bits; types 1 and 9 of 8 bits, 2 and 10 \
                     of 15, 16, 24 and 32, 3 and 11 of 8 and 16 are read, with colours of 15, 16, 24 and 32 bits"
                );
                return Err(Error::unsupported(Format::Tga, detail));
            }
        };
        let info = Info {
            format: Format::Tga,
            width: width.into(),
            height: height.into(),
            orientation: Orientation::UPRIGHT,
            alpha: layout.has_alpha(),
            animated: false,
            progressive: false,
            icc: false,
        };
        Ok(Self {
            info,
            layout,
            pixel,
            bytes: usize::from(depth.div_ceil(8)),
            packed: kind & 8 != 0,
            top_down: flags & 0x20 != 0,
            mirrored: flags & 0x10 != 0,
            alpha,
            data: cursor.rest(),
        })
    }
}

fn cut() -> Error {
    Error::truncated(Format::Tga, "it ends in its headers")
}

/// What the bits beside a colour mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    /// By the number of attribute bits alone: where all of them are 0, they mean nothing.
    Bits,
    Straight,
    Premultiplied,
}

impl Alpha {
    /// By the attributes type of the extension area (field 24), and without one by the number of attribute bits.
    fn of(flags: u8, body: &[u8], footer: &[u8]) -> Self {
        let extension =
            Cursor::new(footer).u32_le().and_then(|offset| usize::try_from(offset).ok());
        let extension = extension.filter(|offset| *offset > 0);
        let kind = extension.and_then(|offset| Cursor::at(body, offset).take(495)?.last());
        match kind {
            Some(0..=2) => Self::None,
            Some(4) => Self::Premultiplied,
            Some(3) => Self::Straight,
            _ if flags & 15 == 0 => Self::None,
            _ => Self::Bits,
        }
    }
}

/// A colour map.
struct Map {
    /// The number of its first colour.
    first: u16,
    length: u16,
    /// Bits of a colour.
    depth: u8,
}

impl Map {
    /// Its colours by their numbers, as far as a byte counts, and what they are; `None` where they are of a depth that is not
    /// read.
    ///
    /// # Errors
    /// 202 where the file ends before its pixels.
    fn read(&self, cursor: &mut Cursor<'_>, alpha: bool) -> Result<Option<(Vec<[u8; 4]>, Layout)>> {
        let bytes = usize::from(self.depth.div_ceil(8));
        let table = cursor.take(usize::from(self.length) * bytes).ok_or_else(cut)?;
        if !matches!(self.depth, 15 | 16 | 24 | 32) {
            return Ok(None);
        }
        let (fields, mut samples) = (fields(self.depth, alpha), Vec::new());
        let first = usize::from(self.first);
        let shown = 256_usize.saturating_sub(first) * bytes;
        fields.row(bytes, table.get(..shown).unwrap_or(table), &mut samples);
        let mut colours = vec![[0, 0, 0, 255]; first.min(256)];
        let layout = if fields.has_alpha() { Layout::Rgba } else { Layout::Rgb };
        colours.extend(samples.chunks_exact(layout.channels()).map(|samples| match samples {
            [red, green, blue, alpha] => [*red, *green, *blue, *alpha],
            [red, green, blue] => [*red, *green, *blue, 255],
            _ => [0; 4],
        }));
        Ok(Some((colours, layout)))
    }
}

/// The samples of a pixel or colour of 15, 16, 24 or 32 bits.
fn fields(depth: u8, alpha: bool) -> Fields {
    match (depth, alpha) {
        (16, true) => Fields::ARGB1555,
        (15 | 16, _) => Fields::RGB555,
        (32, true) => Fields::RGBA8888,
        _ => Fields::RGB888,
    }
}
