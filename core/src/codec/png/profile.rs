//! The colours of a PNG (W3C PNG, third edition, sections 4.3 and 11.3.2): cICP counts before iCCP, that before sRGB, and
//! that before gAMA and cHRM.

use fdeflate::Decompressor;

use super::chunks::{ColourChunks, Colours, Headers};
use crate::budget::Budget;
use crate::colour::{BT709, Chromaticities, MAX_PROFILE, Profile, Transfer, code_points};
use crate::cursor::Cursor;
use crate::error::Result;

/// The profile of what the chunks describe, but for sRGB, which needs none. What cannot be used is passed over.
pub(super) fn profile<'b>(
    headers: &Headers<'_>,
    budget: &'b Budget,
) -> Result<Option<Profile<'b>>> {
    let ColourChunks { cicp, iccp, srgb, gama, chrm } = headers.colour_chunks;
    let is_grey = matches!(headers.colours, Colours::Grey | Colours::GreyAlpha);
    if let Some([primaries, transfer, ..]) = cicp
        && let Some((chromaticities, transfer)) = code_points(*primaries, *transfer)
    {
        return Profile::made(is_grey, chromaticities, transfer, budget);
    }
    if let Some(body) = iccp
        && let Some(profile) = embedded(body, budget)?
    {
        return Ok(Some(profile));
    }
    if srgb.is_some() {
        return Ok(None);
    }
    let Some(gamma) = gama.and_then(number).filter(|gamma| *gamma > 0.0) else { return Ok(None) };
    let chromaticities = chrm.and_then(chromaticities);
    let is_srgb = |chromaticities: Chromaticities| {
        let pairs = chromaticities.iter().flatten().zip(BT709.iter().flatten());
        pairs.into_iter().all(|(found, srgb)| (found - srgb).abs() < 0.001)
    };
    // 45455, by 5 %: what encoders write that mean sRGB.
    let near = (gamma / 0.454_55 - 1.0).abs() <= 0.05;
    if near && (is_grey || chromaticities.is_none_or(is_srgb)) {
        return Ok(None);
    }
    let transfer = Transfer::Gamma(1.0 / gamma);
    Profile::made(is_grey, chromaticities.unwrap_or(BT709), transfer, budget)
}

/// A number in units of 1/100000.
fn number(body: &[u8]) -> Option<f64> {
    Cursor::new(body).u32_be().map(|value| f64::from(value) / 100_000.0)
}

fn chromaticities(body: &[u8]) -> Option<Chromaticities> {
    let mut points = body.as_chunks::<4>().0.iter().map(|point| number(point));
    let mut next = || Some([points.next()??, points.next()??]);
    Some([next()?, next()?, next()?, next()?])
}

/// The profile in iCCP.
fn embedded<'b>(body: &[u8], budget: &'b Budget) -> Result<Option<Profile<'b>>> {
    // A name, which ends with 0, and the method, of which there is only 0.
    let rest = memchr::memchr(0, body).and_then(|end| body.get(end + 1..));
    let Some([0, compressed @ ..]) = rest else { return Ok(None) };
    let _inflated = budget.charge(MAX_PROFILE as u64, "the ICC profile as it is stored")?;
    match inflate(compressed) {
        Some(file) => Profile::rebuild(&file, budget),
        None => Ok(None),
    }
}

fn inflate(compressed: &[u8]) -> Option<Vec<u8>> {
    const STEP: usize = 64 << 10;
    let mut inflater = Decompressor::new();
    inflater.ignore_adler32();
    let (mut file, mut written, mut input) = (vec![0; STEP], 0, compressed);
    while !inflater.is_done() {
        if written == file.len() {
            if written == MAX_PROFILE {
                return None;
            }
            file.resize((written * 2).min(MAX_PROFILE), 0);
        }
        let (read, wrote) = inflater.read(input, &mut file, written, true).ok()?;
        input = input.get(read..)?;
        written += wrote;
    }
    file.truncate(written);
    Some(file)
}
