//! JPEG (ITU-T T.81, T.871), with levels chosen by rate and distortion and Huffman tables made for the picture.
//!
//! 4:2:0 below quality 90, 4:4:4 from there on, unless the target says otherwise; grey has one component. The coefficients of
//! the whole picture are kept: their levels depend on what symbols cost, and that on how often they occur.
//!
//! | effort | levels | scans |
//! |---|---|---|
//! | 0 | the nearest | baseline |
//! | 1 to 4 | by rate and distortion, once | baseline |
//! | 5 | twice: with what symbols cost after the first time | baseline |
//! | 6 | three times | baseline or progressive, whichever is smaller |

mod bits;
mod code;
mod dc_trellis;
mod forward_dct;
mod frame;
mod levels;
mod markers;
mod planes;
mod progressive;
mod quantisation;
mod rates;
mod sequential;
mod sink;
mod trellis;

use std::io::{self, Write};

use thumbox_protocol::{Progressive, Subsampling, Target};

use self::bits::Bits;
use self::frame::Frame;
use self::markers::{Band, head, scan_head};
use self::planes::Strip;
use self::quantisation::Quantiser;
use self::sink::{Codes, Counter};
use super::markers::{EOI, SOF0, SOF2};
use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// From this quality on the colour is not subsampled.
const FULL_COLOUR: u8 = 90;

/// Encodes grey or RGB pixels.
///
/// # Errors
/// Codes 301 and 302 for the limits.
pub(crate) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    profile: Option<&[u8]>,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    let components = match picture.layout {
        Layout::Grey => 1,
        Layout::Rgb => 3,
        other => return Err(Error::Bug(format!("{other:?} pixels reached the JPEG encoder"))),
    };
    let side = |side: u32| {
        u16::try_from(side).map_err(|_| Error::Bug(format!("a JPEG with a side of {side} pixels")))
    };
    let halved = components > 1
        && match target.subsampling {
            Subsampling::ByQuality => target.quality < FULL_COLOUR,
            Subsampling::Quarter => true,
            Subsampling::Full => false,
        };
    let mut frame = Frame::new(side(picture.width)?, side(picture.height)?, components, halved);
    let passes = match target.effort {
        0 => 0,
        1..=4 => 1,
        5 => 2,
        _ => 3,
    };
    let working = frame.bytes().saturating_mul(if passes > 1 { 2 } else { 1 })
        + Strip::bytes(frame.columns())
        + levels::bytes(&frame)
        + Bits::<Writer<'_>>::BYTES
        + TABLES;
    let _working = budget.charge(working, "encoding")?;
    frame.transform(picture, halved);
    let tables = if components > 1 { 2 } else { 1 };
    let quantisers: Vec<_> =
        (0..tables).map(|table| Quantiser::new(table, target.quality, halved)).collect();
    levels::choose(&mut frame, &quantisers, passes);
    let mut file = Writer::new(budget)?;
    let result = write(&frame, &quantisers, target, profile.unwrap_or_default(), &mut file);
    file.finish(result)
}

/// Bytes of symbols' counts, rates and codes, and of what stands before a scan.
const TABLES: u64 = 64 << 10;

fn write(
    frame: &Frame,
    quantisers: &[Quantiser],
    target: &Target,
    profile: &[u8],
    file: &mut impl Write,
) -> io::Result<()> {
    let progressive = match target.progressive {
        Progressive::Always => true,
        Progressive::Never => false,
        Progressive::IfSmaller => target.effort > 5,
    };
    let baseline = sequential::count::<true>(frame);
    if progressive {
        let refining = target.progressive == Progressive::Always;
        let scripts: Vec<_> = frame
            .components
            .iter()
            .map(|component| progressive::script(component, refining))
            .collect();
        let bytes: u64 = scripts.iter().map(|(_, bytes)| bytes).sum();
        let dc = sequential::count::<false>(frame);
        if refining || bytes + dc.bytes() < baseline.bytes() {
            file.write_all(&head(frame, quantisers, profile, SOF2))?;
            sequential_scan::<false>(frame, &dc, file)?;
            let stages = scripts.iter().map(|(script, _)| script.len()).max().unwrap_or_default();
            for stage in 0..stages {
                for (number, (script, _)) in (0..).zip(&scripts) {
                    if let Some(band) = script.get(stage) {
                        progressive_scan(frame, number, *band, file)?;
                    }
                }
            }
            return file.write_all(&[0xFF, EOI]);
        }
    }
    file.write_all(&head(frame, quantisers, profile, SOF0))?;
    sequential_scan::<true>(frame, &baseline, file)?;
    file.write_all(&[0xFF, EOI])
}

/// Writes an interleaved scan: of all coefficients, or of DC alone.
fn sequential_scan<const AC: bool>(
    frame: &Frame,
    counter: &Counter,
    file: &mut impl Write,
) -> io::Result<()> {
    let codes = counter.codes();
    let components: Vec<_> =
        (0..).zip(&frame.components).map(|(number, component)| (number, component.table)).collect();
    let band = if AC { Band::ALL } else { Band::DC };
    file.write_all(&scan_head(&codes, &components, band))?;
    let mut bits = Bits::new(file, &codes);
    sequential::scan::<AC, _>(frame, &mut bits)?;
    bits.finish()
}

/// Writes a scan of AC coefficients.
fn progressive_scan(
    frame: &Frame,
    number: u8,
    band: Band,
    file: &mut impl Write,
) -> io::Result<()> {
    let Some(component) = frame.components.get(usize::from(number)) else { return Ok(()) };
    let codes: [Codes; 2] = progressive::count(component, band).codes();
    file.write_all(&scan_head(&codes, &[(number, component.table)], band))?;
    let mut bits = Bits::new(file, &codes);
    progressive::scan(component, band, &mut bits)?;
    bits.finish()
}
