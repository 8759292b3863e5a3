//! JPEG straight to its thumbnail's size (ITU-T T.81): what a smaller picture does not need is not decoded.

mod bits;
mod coefficients;
mod frame;
mod huffman;
mod idct;
mod output;
mod pairs;
mod passes;
mod plane;
mod scan;
mod sequential;
mod skips;
mod sums;

use coefficients::Coefficients;
use frame::{Frame, Tables};
use output::Output;
use plane::Plane;
use scan::{Scan, find_marker};
use sequential::Reader;
use thumbox_protocol::Format;

use super::{Decoded, Need};
use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::inspect::jpeg::{Headers, headers, is_whole};
use crate::picture::{Layout, Picture};

/// Rows of samples that stay in a window when it moves on: a row of pixels may look at both.
const HISTORY: u32 = 2;

pub(super) fn decode<'b>(
    data: &[u8],
    need: Need,
    refuse_truncated: bool,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let headers = headers(data)?;
    if headers.scan_offset >= data.len() {
        let detail = "its first scan has no data: there is nothing to show yet";
        return Err(Error::truncated(Format::Jpeg, detail));
    }
    let mut decoded = decode_at(data, &headers, scale(&headers, need), enough(need), budget)?;
    // A look at every byte, so only where the answer counts.
    if refuse_truncated && !is_whole(data) {
        decoded.truncated = Some("its end marker is missing".to_owned());
    }
    Ok(decoded)
}

/// Decodes with `size` samples for the 8 of a block's side: 8, 4, 3, 2 or 1. Of a component with fewer samples than
/// others, `enough` across and down are enough.
pub(crate) fn decode_at<'b>(
    data: &[u8],
    headers: &Headers<'_>,
    size: u32,
    enough: (u64, u64),
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let frame = Frame::new(headers, size, enough)?;
    let mut picture = Picture::neutral(
        frame.width,
        frame.height,
        layout(headers),
        budget,
        "the decoded picture",
    )?;
    picture.scale = f64::from(size) / 8.0;
    let everything = usize::from(headers.first_scan_components) == frame.components.len();
    if everything && !headers.frame.progressive {
        in_one_scan(data, headers, &frame, &mut picture, budget)?;
    } else {
        in_several_scans(data, headers, &frame, &mut picture, budget)?;
    }
    Ok(Decoded { picture, profile: Profile::rebuild_parts(&headers.icc, budget)?, truncated: None })
}

/// Samples that a block of 8 x 8 becomes, a side: the fewest that leave the resizer enough.
fn scale(headers: &Headers<'_>, need: Need) -> u32 {
    let (width, height) = enough(need);
    let is_enough = |size: &u32| {
        let side = |stored: u16, enough: u64| u64::from(stored) * u64::from(*size) >= enough * 8;
        side(headers.frame.width, width) && side(headers.frame.height, height)
    };
    [1, 2, 3, 4].into_iter().find(is_enough).unwrap_or(8)
}

/// Samples across and down that leave the resizer enough.
fn enough(need: Need) -> (u64, u64) {
    (u64::from(need.width) * MARGIN, u64::from(need.height) * MARGIN)
}

/// How many times the needed size is kept for the resizer's better filter.
const MARGIN: u64 = 2;

fn layout(headers: &Headers<'_>) -> Layout {
    use crate::inspect::jpeg::Colours;
    match headers.colours {
        Colours::Grey => Layout::Grey,
        Colours::Ycc | Colours::Rgb => Layout::Rgb,
        Colours::Cmyk { .. } | Colours::Ycck => Layout::Cmyk,
    }
}

/// A row of units at a time, into planes.
trait Rows {
    fn row(&mut self, unit_row: u32, planes: &mut [Plane]) -> Result<()>;
}

struct FromScan<'a, 't> {
    reader: Reader<'a, 't>,
    units: u32,
    budget: &'t Budget,
}

impl Rows for FromScan<'_, '_> {
    fn row(&mut self, unit_row: u32, planes: &mut [Plane]) -> Result<()> {
        self.budget.work(u64::from(self.units) * self.reader.blocks_per_unit())?;
        self.reader.row(unit_row, self.units, planes);
        Ok(())
    }
}

impl Rows for Coefficients<'_> {
    fn row(&mut self, unit_row: u32, planes: &mut [Plane]) -> Result<()> {
        Coefficients::row(self, unit_row, planes)
    }
}

/// Decodes a file whose one scan has everything, without keeping more than a row of units.
fn in_one_scan(
    data: &[u8],
    headers: &Headers<'_>,
    frame: &Frame,
    picture: &mut Picture<'_>,
    budget: &Budget,
) -> Result<()> {
    let mut segments = Segments { data, position: 2 };
    let mut tables = Tables::default();
    let Some((scan, data)) = segments.next_scan(frame, &mut tables)? else {
        return Err(Error::corrupt(Format::Jpeg, "its first scan has no header"));
    };
    let reader = Reader::new(data, &scan, frame, &mut tables)?;
    let (units, _) = scan.units(frame);
    write(&mut FromScan { reader, units, budget }, headers, frame, picture, budget)
}

/// Decodes a file of several scans.
fn in_several_scans(
    data: &[u8],
    headers: &Headers<'_>,
    frame: &Frame,
    picture: &mut Picture<'_>,
    budget: &Budget,
) -> Result<()> {
    let mut coefficients = Coefficients::new(frame, budget)?;
    let mut segments = Segments { data, position: 2 };
    let mut tables = Tables::default();
    while let Some((scan, data)) = segments.next_scan(frame, &mut tables)? {
        let progressive = headers.frame.progressive;
        coefficients.read(data, &scan, progressive, frame, &mut tables, budget)?;
    }
    write(&mut coefficients, headers, frame, picture, budget)
}

/// Makes the picture, a window of rows at a time.
fn write(
    source: &mut impl Rows,
    headers: &Headers<'_>,
    frame: &Frame,
    picture: &mut Picture<'_>,
    budget: &Budget,
) -> Result<()> {
    let windows = frame.components.iter().map(|component| {
        component.stride() as u64 * u64::from(component.rows_per_unit() + HISTORY)
    });
    let working = windows.sum::<u64>() + Output::working(frame) + (256 << 10);
    let _working = budget.charge(working, "decoding the JPEG")?;
    let planes = frame.components.iter().map(|component| Plane {
        samples: vec![128; component.stride() * (component.rows_per_unit() + HISTORY) as usize],
        stride: component.stride(),
        first: -i64::from(HISTORY),
    });
    let mut planes: Vec<Plane> = planes.collect();
    let mut output = Output::new(frame, headers.colours);
    let rows = frame.components.first().map_or(0, |first| first.rows_per_unit() * first.down);
    let mut written = 0;
    for unit_row in 0..frame.units_high {
        source.row(unit_row, &mut planes)?;
        let ready = if unit_row + 1 == frame.units_high {
            frame.height
        } else {
            ((unit_row + 1) * rows - u32::from(output.looks_ahead())).min(frame.height)
        };
        output.write(&planes, written, ready, picture);
        written = ready;
        for (plane, component) in planes.iter_mut().zip(&frame.components) {
            let moved = component.rows_per_unit() as usize * plane.stride;
            plane.samples.copy_within(moved.., 0);
            plane.samples.iter_mut().skip(HISTORY as usize * plane.stride).for_each(|s| *s = 128);
            plane.first += i64::from(component.rows_per_unit());
        }
    }
    Ok(())
}

/// Walks the segments between scans.
struct Segments<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Segments<'a> {
    /// Takes tables in until the next scan; gives its header and what comes behind. `None` at the end.
    fn next_scan(
        &mut self,
        frame: &Frame,
        tables: &mut Tables,
    ) -> Result<Option<(Scan, &'a [u8])>> {
        while let Some(found) = find_marker(self.data.get(self.position..).unwrap_or_default()) {
            self.position += found + 2;
            let marker = self.data.get(self.position - 1).copied().unwrap_or_default();
            match marker {
                0x01 | 0xD0..=0xD8 => continue,
                0xD9 => return Ok(None),
                _ => {}
            }
            let rest = self.data.get(self.position..).unwrap_or_default();
            let Some((length, rest)) = rest.split_first_chunk::<2>() else { return Ok(None) };
            let length = usize::from(u16::from_be_bytes(*length)).saturating_sub(2);
            let Some(body) = rest.get(..length) else { return Ok(None) };
            self.position += 2 + length;
            match marker {
                0xDB => tables.read_quantisation(body)?,
                0xC4 => tables.read_huffman(body)?,
                0xDD => {
                    let interval = body.first_chunk::<2>();
                    let interval = interval.map_or(0, |interval| u16::from_be_bytes(*interval));
                    tables.restart_interval = interval.into();
                }
                0xDA => {
                    let behind = self.data.get(self.position..).unwrap_or_default();
                    return Ok(Some((Scan::parse(body, frame)?, behind)));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}
