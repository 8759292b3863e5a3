//! The pictures of an ICO or CUR: which of them is decoded.

use thumbox_protocol::Format;

use super::directory::{Directory, Entry};
use crate::budget::Budget;
use crate::codec::bmp::Bmp;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::png::Png;
use crate::codec::smaller::{is_alike, serves};
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// An ICO whose directory was read.
pub(crate) struct Ico<'a>(Icon<'a>);

/// A CUR whose directory was read.
pub(crate) struct Cur<'a>(Icon<'a>);

macro_rules! codec {
    ($codec:ident, $signature:literal) => {
        impl<'a> Codec<'a> for $codec<'a> {
            const SIGNATURES: &'static [&'static [u8]] = &[$signature];

            fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self> {
                Icon::open(data, Format::$codec, budget).map(Self)
            }

            fn info(&self) -> &Info {
                &self.0.info
            }

            fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
                self.0.decode(need, budget)
            }
        }
    };
}

codec!(Ico, b"\0\0\x01\0");
codec!(Cur, b"\0\0\x02\0");

/// Pictures that are tried, at the most.
const MOST: usize = 8;

/// An icon or a cursor.
struct Icon<'a> {
    directory: Directory<'a>,
    /// The largest picture that can be read, which says how large the icon is.
    largest: Entry<'a>,
    info: Info,
}

impl<'a> Icon<'a> {
    fn open(file: &'a [u8], format: Format, budget: &'a Budget) -> Result<Self> {
        let directory = Directory::read(file)
            .ok_or_else(|| Error::truncated(format, "it ends in its directory"))?;
        if directory.count == 0 {
            let detail = match format {
                // Many TGAs without a footer begin as a cursor does.
                Format::Cur => {
                    "its directory has no pictures. If it is a TGA: those with the footer of version 2 are read"
                }
                _ => "its directory has no pictures",
            };
            return Err(Error::unsupported(format, detail));
        }
        let (mut first, mut below) = (None, None);
        for _ in 0..MOST {
            let Some(largest) = directory.largest(below) else { break };
            match Picture::open(&largest, budget) {
                Ok(picture) => {
                    let orientation = Orientation::UPRIGHT;
                    let info =
                        Info { format, orientation, animated: false, ..picture.info().clone() };
                    return Ok(Self { directory, largest, info });
                }
                Err(error) => {
                    first.get_or_insert(error);
                    below = Some(largest.rank);
                }
            }
        }
        Err(first.unwrap_or_else(|| {
            if directory.is_whole() {
                let count = directory.count;
                let detail = format!("none of the {count} pictures in its directory has pixels");
                Error::corrupt(format, detail)
            } else {
                Error::truncated(format, "it ends before its pictures")
            }
        }))
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { directory, largest, info } = &self;
        if !directory.is_whole() {
            need.check_truncated(info.format, "it ends before its last picture does")?;
        }
        if let Some(smaller) = self.smaller(need)
            && let Ok(decoded) = self.picture(&smaller, need, true, budget)
        {
            return Ok(decoded);
        }
        let mut result = self.picture(largest, need, need.refuse_truncated, budget);
        let mut below = largest.rank;
        for _ in 0..MOST {
            let Err(error) = &result else { break };
            if need.refuse_truncated || !error.is_of_image() {
                break;
            }
            // What shows the same, if less of it.
            let Some(next) = directory.largest(Some(below)) else { break };
            below = next.rank;
            if is_alike(next.sides(), largest.sides())
                && let Ok(decoded) = self.picture(&next, need, false, budget)
            {
                result = Ok(decoded);
            }
        }
        result
    }

    /// The smallest picture that serves the thumbnails: one that is at least twice as large as they are.
    fn smaller(&self, need: &Need) -> Option<Entry<'a>> {
        let suffices = |entry: &Entry<'_>| serves(entry.sides(), self.largest.sides(), need);
        let pictures = self.directory.pictures().filter(suffices);
        // Of pictures of a size, the one with most bits.
        pictures.min_by_key(|Entry { rank: (pixels, depth, place), .. }| {
            (*pixels, u16::MAX - depth, place.0)
        })
    }

    /// Decodes a picture in place of the largest.
    fn picture(
        &self,
        entry: &Entry<'a>,
        need: &Need,
        refuse_truncated: bool,
        budget: &'a Budget,
    ) -> Result<Decoded<'a>> {
        let picture = Picture::open(entry, budget)?;
        if *entry == self.largest {
            return picture.decode(&Need { refuse_truncated, ..need.clone() }, budget);
        }
        let across = (entry.width, self.largest.width);
        let down = (entry.height, self.largest.height);
        let need = Need { refuse_truncated, ..need.of_smaller(across, down) };
        Ok(picture.decode(&need, budget)?.of_smaller(across, down))
    }
}

/// A picture whose headers were read.
enum Picture<'a> {
    Png(Png<'a>),
    Bitmap(Bmp<'a>),
}

impl<'a> Picture<'a> {
    fn open(entry: &Entry<'a>, budget: &'a Budget) -> Result<Self> {
        if entry.is_png {
            Png::open(entry.data, budget).map(Self::Png)
        } else {
            Bmp::of_icon(entry.data).map(Self::Bitmap)
        }
    }

    fn info(&self) -> &Info {
        match self {
            Self::Png(png) => png.info(),
            Self::Bitmap(bitmap) => bitmap.info(),
        }
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        match self {
            Self::Png(png) => png.decode(need, budget),
            Self::Bitmap(bitmap) => bitmap.decode(need, budget),
        }
    }
}
