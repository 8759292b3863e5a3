//! BMP, through the `image` crate: the header, which its decoder reads, and the pixels.

use image::codecs::bmp::BmpDecoder;
use thumbox_protocol::{Format, Limits};

use super::image_crate::{self, from_image_error};
use super::info::Info;
use super::interface::{Codec, Need};
use super::metered::Metered;
use super::sink::Sink;
use crate::budget::Budget;
use crate::colour::Profile;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// The widest BMP that is read: a row of 32 bits a pixel is counted in a signed number of 32 bits.
const MOST_WIDE: u32 = i32::MAX.cast_unsigned() / 32;

/// A BMP whose header was read.
pub(crate) struct Bmp<'a> {
    decoder: Box<BmpDecoder<Metered<'a, 'a>>>,
    info: Info,
}

impl<'a> Codec<'a> for Bmp<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"BM"];

    fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self> {
        check_dimensions(data)?;
        let decoder = BmpDecoder::new(Metered::new(data, budget))
            .map_err(|error| from_image_error(Format::Bmp, &error, budget))?;
        let info = image_crate::info(Format::Bmp, &decoder, Orientation::UPRIGHT, false)?;
        Ok(Self { decoder: Box::new(decoder), info })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(
        self,
        need: &Need,
        out: &mut Sink<'a>,
        budget: &'a Budget,
    ) -> Result<Option<Profile<'a>>> {
        let row = u64::from(self.info.width) * 4 + (64 << 10);
        let _working = budget.charge(row, "decoding the BMP")?;
        image_crate::read(*self.decoder, None, &self.info, need, out, budget)
    }
}

/// Refuses dimensions with which the decoder's arithmetic would not be the same in every build.
fn check_dimensions(data: &[u8]) -> Result<()> {
    let mut header = Cursor::at(data, 14);
    // BITMAPCOREHEADER has 12 bytes and sides of 16 bits; in all others they are signed, and a negative height means
    // that the rows begin at the top.
    let sides = (|| match header.u32_le()? {
        12 => Some((header.u16_le()?.into(), header.u16_le()?.into())),
        _ => Some((header.u32_le()?, header.u32_le()?.cast_signed().unsigned_abs())),
    })();
    // What is missing or negative, the decoder says.
    let Some((width, height)) = sides.filter(|(width, _)| width.cast_signed() >= 0) else {
        return Ok(());
    };
    if width > MOST_WIDE || u64::from(width) * u64::from(height) > Limits::MOST_PIXELS {
        return Err(Error::Pixels {
            what: format!("the BMP image has {width} x {height} pixels"),
            allowed: format!(
                "{} pixels, and {MOST_WIDE} in a row, are the most that is read",
                Limits::MOST_PIXELS
            ),
        });
    }
    Ok(())
}
