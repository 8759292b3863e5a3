//! The sections of a PSD before its flattened picture.

use thumbox_protocol::Format;

use super::layers::{Layers, Width};
use super::resources::Resources;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// The longest side of a PSB.
const MOST: u32 = 300_000;

/// What the sections say.
pub(super) struct Headers<'a> {
    pub(super) info: Info,
    pub(super) mode: Mode,
    /// Planes of the picture.
    pub(super) channels: u16,
    /// Bits of a sample: 1, 8 or 16.
    pub(super) depth: u16,
    /// Whether the plane behind the colours is the picture's alpha.
    pub(super) alpha: bool,
    /// The colours of an indexed picture: all reds, all greens, all blues.
    pub(super) palette: &'a [u8],
    /// The number of the transparent colour of an indexed picture.
    pub(super) transparent: Option<u16>,
    pub(super) profile: &'a [u8],
    /// Whether there is a flattened picture.
    pub(super) is_flattened: bool,
    /// Whether numbers of bytes have 4 bytes: in a PSB.
    pub(super) is_large: bool,
    /// The flattened picture, which begins with its compression; empty where the file ends before it.
    pub(super) data: &'a [u8],
}

/// What samples mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Bitmap,
    /// Duotone, too, whose inks are not documented: the specification has it read as greyscale.
    Grey,
    Indexed,
    Rgb,
    Cmyk,
    Lab,
}

impl Mode {
    fn of(number: u16, depth: u16) -> Result<Self> {
        let name = match (number, depth) {
            (0, 1) => return Ok(Self::Bitmap),
            (1 | 8, 8 | 16) => return Ok(Self::Grey),
            (2, 8) => return Ok(Self::Indexed),
            (3, 8 | 16) => return Ok(Self::Rgb),
            (4, 8 | 16) => return Ok(Self::Cmyk),
            (9, 8 | 16) => return Ok(Self::Lab),
            (0, _) => "bitmap",
            (1, _) => "greyscale",
            (2, _) => "indexed",
            (3, _) => "RGB",
            (4, _) => "CMYK",
            (7, _) => "multichannel",
            (8, _) => "duotone",
            (9, _) => "Lab",
            _ => "unknown",
        };
        let detail = format!(
            "colour mode {number} ({name}) of {depth} bits; bitmaps of 1 bit, indexed pictures of 8 bits, and greyscale, RGB, \
             CMYK, Lab and duotone of 8 and 16 bits are read"
        );
        Err(Error::unsupported(Format::Psd, detail))
    }

    /// Planes of its colours.
    pub(super) const fn planes(self) -> u16 {
        match self {
            Self::Bitmap | Self::Grey | Self::Indexed => 1,
            Self::Rgb | Self::Lab => 3,
            Self::Cmyk => 4,
        }
    }
}

impl<'a> Headers<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::at(file, 4);
        let header = (|| {
            let version = cursor.u16_be()?;
            cursor.take(6)?;
            let (channels, height, width) = (cursor.u16_be()?, cursor.u32_be()?, cursor.u32_be()?);
            Some((version, channels, width, height, cursor.u16_be()?, cursor.u16_be()?))
        })();
        let (version, channels, width, height, depth, mode) =
            header.ok_or_else(|| Error::truncated(Format::Psd, "it ends in its header"))?;
        if !matches!(version, 1 | 2) {
            let detail = format!("version {version}; 1 and 2 are read");
            return Err(Error::unsupported(Format::Psd, detail));
        }
        if !(1..=MOST).contains(&width) || !(1..=MOST).contains(&height) {
            let detail = format!("its dimensions are {width} x {height}; 1 to {MOST} is allowed");
            return Err(Error::corrupt(Format::Psd, detail));
        }
        let mode = Mode::of(mode, depth)?;
        if channels < mode.planes() {
            let least = mode.planes();
            let detail = format!("it has {channels} channels; its colours take {least}");
            return Err(Error::corrupt(Format::Psd, detail));
        }
        let is_large = version == 2;
        let sections = Sections::read(cursor, is_large).unwrap_or_default();
        let resources = Resources::read(sections.resources);
        let layers = Layers::read(sections.layers, Width { is_large });
        let spare = channels > mode.planes();
        let alpha = spare && layers.has_alpha && matches!(mode, Mode::Grey | Mode::Rgb | Mode::Lab);
        let transparent = resources.transparent.filter(|_| mode == Mode::Indexed);
        let info = Info {
            format: Format::Psd,
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha: alpha || transparent.is_some(),
            animated: false,
            progressive: false,
            icc: !resources.profile.is_empty(),
        };
        Ok(Self {
            info,
            mode,
            channels,
            depth,
            alpha,
            palette: sections.palette,
            transparent,
            profile: resources.profile,
            is_flattened: resources.is_flattened || !layers.is_any,
            is_large,
            data: sections.data,
        })
    }
}

/// The sections behind the header.
#[derive(Default)]
struct Sections<'a> {
    palette: &'a [u8],
    resources: &'a [u8],
    layers: &'a [u8],
    data: &'a [u8],
}

impl<'a> Sections<'a> {
    /// `None` where the file ends before the last.
    fn read(mut cursor: Cursor<'a>, is_large: bool) -> Option<Self> {
        let [palette, resources] = [section(&mut cursor)?, section(&mut cursor)?];
        let length = Width { is_large }.read(&mut cursor)?;
        let layers = cursor.take(length)?;
        Some(Self { palette, resources, layers, data: cursor.rest() })
    }
}

fn section<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = cursor.u32_be()?;
    cursor.take(usize::try_from(length).ok()?)
}
