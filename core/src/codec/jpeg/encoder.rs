//! Baseline JPEG: 4:2:0 below quality 90, 4:4:4 from there on; grey with one component.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use thumbox_protocol::Target;

use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// From this quality on the colour is not subsampled.
const FULL_COLOUR: u8 = 90;

pub(crate) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    let color = match picture.layout {
        Layout::Grey => ColorType::Luma,
        Layout::Rgb => ColorType::Rgb,
        other => return Err(Error::Bug(format!("{other:?} pixels reached the JPEG encoder"))),
    };
    let side = |side: u32| {
        u16::try_from(side).map_err(|_| Error::Bug(format!("a JPEG with a side of {side} pixels")))
    };
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    // Rows of all components for one row of MCUs, and a buffer of its own.
    let _working = budget.charge(u64::from(picture.width) * 16 * 3 * 3 + (64 << 10), "encoding")?;
    let mut file = Writer::new(budget)?;
    let mut encoder = Encoder::new(&mut file, target.quality);
    encoder.set_sampling_factor(if target.quality < FULL_COLOUR {
        SamplingFactor::F_2_2
    } else {
        SamplingFactor::F_1_1
    });
    let result = encoder.encode(&picture.pixels, width, height, color);
    file.finish(result)
}
