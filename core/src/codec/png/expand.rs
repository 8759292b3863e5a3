//! Rows of a PNG as stored to samples of 8 or 16 bits (W3C PNG, third edition, sections 7.2 and 13.12).

use super::chunks::{Colours, Headers};
use crate::codec::packed::Packed;
use crate::picture::{Layout, Sample};

/// How the stored samples of a picture become pixels.
pub(super) struct Expansion {
    pub(super) layout: Layout,
    stored: Stored,
}

/// How samples are stored.
enum Stored {
    /// As they are.
    Plain,
    /// RGB of 8 bits with a transparent colour.
    Masked([u8; 3]),
    /// In a byte or less.
    Packed(Packed),
    /// Of 16 bits, with a transparent colour or without.
    Wide(Option<[u16; 3]>),
}

/// Makes samples `S` of stored rows.
pub(super) trait Expand<S: Sample> {
    /// The pixels of a row. `row` has room for them; there may be some more than the row has, where several share a byte.
    fn row<'r>(&self, stored: &'r [u8], row: &'r mut Vec<S>) -> &'r [S];
}

impl Expansion {
    /// Bytes that it allocates.
    pub(super) const WORKING: u64 = Packed::WORKING + 256 * 4;

    pub(super) fn new(headers: &Headers<'_>) -> Self {
        let Headers { colours, depth, .. } = *headers;
        let transparent = transparent(headers);
        let alpha =
            transparent.is_some() || colours == Colours::Palette && headers.transparency.is_some();
        let layout = match (colours, alpha) {
            (Colours::Grey, false) => Layout::Grey,
            (Colours::Grey, true) | (Colours::GreyAlpha, _) => Layout::GreyAlpha,
            (Colours::Rgb | Colours::Palette, false) => Layout::Rgb,
            (Colours::Rgb | Colours::Palette, true) | (Colours::Rgba, _) => Layout::Rgba,
        };
        let stored = match (colours, transparent) {
            (_, transparent) if depth == 16 => Stored::Wide(transparent),
            (Colours::Palette, _) => Stored::Packed(Packed::new(&palette(headers), depth, layout)),
            (Colours::Grey, transparent) if depth < 8 || transparent.is_some() => {
                Stored::Packed(Packed::new(&greys(depth, transparent), depth, layout))
            }
            (Colours::Rgb, Some(colour)) => Stored::Masked(colour.map(|sample| {
                let [low, _] = sample.to_le_bytes();
                low
            })),
            _ => Stored::Plain,
        };
        Self { layout, stored }
    }
}

impl Expand<u8> for Expansion {
    fn row<'r>(&self, stored: &'r [u8], row: &'r mut Vec<u8>) -> &'r [u8] {
        match &self.stored {
            Stored::Plain | Stored::Wide(_) => return stored,
            Stored::Masked(colour) => {
                row.clear();
                row.extend(stored.as_chunks().0.iter().flat_map(|pixel: &[u8; 3]| {
                    let [red, green, blue] = *pixel;
                    [red, green, blue, if pixel == colour { 0 } else { 255 }]
                }));
            }
            Stored::Packed(packed) => return packed.row(stored, row),
        }
        row
    }
}

impl Expand<u16> for Expansion {
    fn row<'r>(&self, stored: &'r [u8], row: &'r mut Vec<u16>) -> &'r [u16] {
        row.clear();
        let samples = stored.as_chunks().0.iter().map(|sample| u16::from_be_bytes(*sample));
        let opacity = |transparent: bool| if transparent { 0 } else { u16::MAX };
        match (&self.stored, self.layout) {
            (Stored::Wide(Some([transparent, ..])), Layout::GreyAlpha) => {
                row.extend(samples.flat_map(|grey| [grey, opacity(grey == *transparent)]));
            }
            (Stored::Wide(Some(transparent)), _) => {
                row.extend(stored.as_chunks().0.iter().flat_map(|pixel: &[u8; 6]| {
                    let [r0, r1, g0, g1, b0, b1] = *pixel;
                    let pixel = [[r0, r1], [g0, g1], [b0, b1]].map(u16::from_be_bytes);
                    let [red, green, blue] = pixel;
                    [red, green, blue, opacity(pixel == *transparent)]
                }));
            }
            _ => row.extend(samples),
        }
        row
    }
}

/// The transparent grey or colour, of as many bits as samples have.
fn transparent(headers: &Headers<'_>) -> Option<[u16; 3]> {
    let samples = headers.transparency?.as_chunks::<2>().0.iter();
    let mask = u16::MAX >> (16 - headers.depth);
    let mut samples = samples.map(|sample| u16::from_be_bytes(*sample) & mask);
    match headers.colours {
        Colours::Grey => Some([samples.next()?; 3]),
        Colours::Rgb => Some([samples.next()?, samples.next()?, samples.next()?]),
        _ => None,
    }
}

/// The colours of a palette. Those that it does not have are black.
fn palette(headers: &Headers<'_>) -> Vec<[u8; 4]> {
    let mut colours = vec![[0, 0, 0, 255]; 256];
    for (colour, stored) in colours.iter_mut().zip(headers.palette.as_chunks::<3>().0) {
        let [red, green, blue] = *stored;
        *colour = [red, green, blue, 255];
    }
    for ([.., alpha], stored) in colours.iter_mut().zip(headers.transparency.unwrap_or_default()) {
        *alpha = *stored;
    }
    colours
}

/// What greys of up to 8 bits become, with their opacity.
fn greys(depth: u8, transparent: Option<[u16; 3]>) -> Vec<[u8; 4]> {
    let most = u8::MAX >> (8 - depth);
    let greys = (0..=most).map(|grey| {
        let is_transparent = transparent.is_some_and(|[value, ..]| value == u16::from(grey));
        [grey * (255 / most), if is_transparent { 0 } else { 255 }, 0, 0]
    });
    greys.collect()
}
