//! WebP: lossy VP8 at the request's quality, alpha without loss beside it, or VP8L without loss.

use image_webp::{ColorType, EncoderParams, WebPEncoder};

use super::sink::{Encoded, Sink};
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};
use crate::wire::Target;

pub(super) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    let color = match picture.layout {
        Layout::Grey => ColorType::L8,
        Layout::GreyAlpha => ColorType::La8,
        Layout::Rgb => ColorType::Rgb8,
        Layout::Rgba => ColorType::Rgba8,
        Layout::Cmyk => return Err(Error::Bug("inks reached the WebP encoder".into())),
    };
    let pixels = u64::from(picture.width + 15) * u64::from(picture.height + 15);
    // Lossy: the planes, what is known of each macroblock, its coefficients and the frame, which is held
    // twice. Lossless, and alpha: the picture as RGBA and the frame, twice.
    let _working = budget.charge(pixels * 24 + (1 << 20), "encoding")?;
    let mut params = EncoderParams::default();
    params.use_lossy = !target.lossless;
    params.lossy_quality = encoder_quality(target.quality);
    let mut sink = Sink::new(budget)?;
    let mut encoder = WebPEncoder::new(&mut sink);
    encoder.set_params(params);
    let result = encoder.encode(&picture.pixels, picture.width, picture.height, color);
    sink.finish(result)
}

/// The encoder's quality number for what people know from cwebp.
fn encoder_quality(quality: u8) -> u8 {
    quality
}
