//! A JPEG's pixels: the scale is chosen, its scans are read, and its planes become rows of pixels.

use thumbox_protocol::Format;

use super::coefficients::Coefficients;
use super::headers::{Colours, Headers};
use super::markers::{EOI, SOS, Segment, Segments, is_whole};
use super::plane::Plane;
use super::progressive::read_scan;
use super::scaled::ScaledFrame;
use super::scan::Scan;
use super::sequential::SequentialScan;
use super::tables::Tables;
use super::upsample::Output;
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// Rows of samples kept from the previous row of MCUs. Upsampling a row of pixels reads the rows of samples above and
/// below it.
const HISTORY: u32 = 2;

/// A JPEG whose headers were read.
pub(crate) struct Jpeg<'a> {
    data: &'a [u8],
    headers: Headers<'a>,
    info: Info,
}

impl<'a> Codec<'a> for Jpeg<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"\xFF\xD8\xFF"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        let headers = Headers::read(data)?;
        Ok(Self { data, info: headers.info(), headers })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        if self.headers.rest.rest().is_empty() {
            let detail = "its first scan has no data: there is nothing to show yet";
            return Err(Error::truncated(Format::Jpeg, detail));
        }
        let size = samples_per_side(&self.headers, need);
        let damage = if need.refuse_truncated { Damage::Refused } else { Damage::Shown };
        let decoded = decode_scaled(self.headers, size, enough(need), damage, budget)?;
        // A look at every byte, so only where the answer counts.
        if need.refuse_truncated && !is_whole(self.data) {
            need.check_truncated(Format::Jpeg, "its end marker is missing")?;
        }
        Ok(decoded)
    }
}

/// What the components of a JPEG are, where the file that it is in says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::codec) enum Meaning {
    Grey,
    Rgb,
    Ycc,
    /// Four, of which 0 is no ink.
    Inks,
}

/// Tables that several JPEGs share, read once.
pub(in crate::codec) struct SharedTables(Box<Tables>);

impl SharedTables {
    /// The tables of a JPEG that has nothing else; those up to the first that is wrong.
    pub(in crate::codec) fn read(data: &[u8]) -> Self {
        let mut tables = Box::<Tables>::default();
        for Segment { marker, body } in Segments::new(data) {
            if marker == EOI || tables.read(marker, body).is_err() {
                break;
            }
        }
        Self(tables)
    }
}

impl<'a> Jpeg<'a> {
    /// Opens a JPEG that is part of another file.
    ///
    /// # Errors
    /// As [`Codec::open`], and 201 where it has another number of components than it should.
    pub(in crate::codec) fn within(
        tables: &SharedTables,
        data: &'a [u8],
        meaning: Meaning,
    ) -> Result<Self> {
        let mut headers = Headers::read_with(&tables.0, data)?;
        let (colours, components) = match meaning {
            Meaning::Grey => (Colours::Grey, 1),
            Meaning::Rgb => (Colours::Rgb, 3),
            Meaning::Ycc => (Colours::Ycc, 3),
            Meaning::Inks => (Colours::Inks, 4),
        };
        if headers.frame.components.len() != components {
            let found = headers.frame.components.len();
            let detail = format!("{found} components; the file that it is in says {components}");
            return Err(Error::corrupt(Format::Jpeg, detail));
        }
        headers.colours = colours;
        Ok(Self { data, info: headers.info(), headers })
    }

    /// Decodes all pixels. `checked`: whether damage is an error.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    pub(in crate::codec) fn whole<'b>(
        self,
        checked: bool,
        budget: &'b Budget,
    ) -> Result<Picture<'b>> {
        if checked && !is_whole(self.data) {
            return Err(Error::truncated(Format::Jpeg, "its end marker is missing"));
        }
        let damage = if checked { Damage::Refused } else { Damage::Shown };
        match decode_scaled(self.headers, 8, (u64::MAX, u64::MAX), damage, budget)?.pixels {
            Pixels::Eight(picture) => Ok(picture),
            Pixels::Sixteen(_) => Err(Error::Bug("a JPEG of 16 bits was decoded".into())),
        }
    }
}

/// Decodes with `size` samples for the 8 of a block's side: 8, 4, 3, 2 or 1.
#[cfg(feature = "testing")]
pub(crate) fn decode_at<'a>(data: &'a [u8], size: u32, budget: &'a Budget) -> Result<Decoded<'a>> {
    let Jpeg { headers, info, .. } = Jpeg::open(data, budget)?;
    let pixels = u64::from(info.width) * u64::from(info.height);
    budget.allow_work(Format::Jpeg, pixels, data.len() as u64);
    decode_scaled(headers, size, (u64::MAX, u64::MAX), Damage::Shown, budget)
}

/// Decodes with `size` samples for the 8 of a block's side. A subsampled component is decoded at a larger size, to avoid
/// upsampling, unless it has `enough` samples across and down already.
fn decode_scaled<'b>(
    headers: Headers<'_>,
    size: u32,
    enough: (u64, u64),
    damage: Damage,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let frame = ScaledFrame::new(&headers.frame, size, enough)?;
    let layout = match headers.colours {
        Colours::Grey => Layout::Grey,
        Colours::Ycc | Colours::Rgb => Layout::Rgb,
        Colours::Cmyk | Colours::Inks | Colours::Ycck => Layout::Cmyk,
    };
    let purpose = "the decoded picture";
    let mut picture = Picture::neutral(frame.width, frame.height, layout, budget, purpose)?;
    let out = &mut picture;
    let Headers { colours, first_scan, .. } = headers;
    let components = first_scan.first().copied().unwrap_or_default();
    let first_has_all = usize::from(components) == frame.components.len();
    let progressive = headers.frame.progressive;
    let mut tables = headers.tables?;
    tables.fill_standard();
    let scans = Scans { tables, first: Some(first_scan), segments: headers.rest, damage };
    if first_has_all && !progressive {
        in_one_scan(scans, colours, &frame, out, budget)?;
    } else {
        let coefficients = Coefficients::new(&frame, budget)?;
        in_several_scans(scans, coefficients, progressive, colours, &frame, out, budget)?;
    }
    let profile = Profile::rebuild_parts(&headers.icc, budget)?;
    Ok(Decoded::scaled(picture, size, profile))
}

/// The fewest samples for a block's side (1, 2, 3, 4 or 8) that keep [`MARGIN`] times the needed size; 8 if none does.
fn samples_per_side(headers: &Headers<'_>, need: &Need) -> u32 {
    let (width, height) = enough(need);
    let is_enough = |size: &u32| {
        let side = |stored: u16, enough: u64| u64::from(stored) * u64::from(*size) >= enough * 8;
        side(headers.frame.width, width) && side(headers.frame.height, height)
    };
    [1, 2, 3, 4].into_iter().find(is_enough).unwrap_or(8)
}

/// Samples across and down that leave the resizer enough.
fn enough(need: &Need) -> (u64, u64) {
    (u64::from(need.width) * MARGIN, u64::from(need.height) * MARGIN)
}

/// How many times the needed size is kept for the resizer's better filter.
const MARGIN: u64 = 2;

/// The scans of a file, with the tables that are in force at each.
struct Scans<'a> {
    tables: Box<Tables>,
    /// The header of the first scan, until it is read.
    first: Option<&'a [u8]>,
    segments: Segments<'a>,
    damage: Damage,
}

/// What is done where a scan cannot be read, or is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    Shown,
    Refused,
}

impl<'a> Iterator for Scans<'a> {
    /// The header of a scan and the data after it.
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(header) = self.first.take() {
            return Some((header, self.segments.rest()));
        }
        let mut segment = self.segments.after_data()?;
        loop {
            match segment.marker {
                EOI => return None,
                SOS => return Some((segment.body, self.segments.rest())),
                // What needs a table that is wrong is not read.
                marker => _ = self.tables.read(marker, segment.body),
            }
            segment = self.segments.next()?;
        }
    }
}

/// A row of MCUs at a time, into planes.
trait Rows {
    fn row(&mut self, mcu_row: u32, planes: &mut [Plane]) -> Result<()>;
}

struct FromScan<'a, 't> {
    reader: SequentialScan<'a, 't>,
    mcus: u32,
    budget: &'t Budget,
}

impl Rows for FromScan<'_, '_> {
    fn row(&mut self, mcu_row: u32, planes: &mut [Plane]) -> Result<()> {
        self.budget.work(u64::from(self.mcus) * self.reader.blocks_per_mcu())?;
        self.reader.row(mcu_row, self.mcus, planes);
        Ok(())
    }
}

impl Rows for Coefficients<'_> {
    fn row(&mut self, mcu_row: u32, planes: &mut [Plane]) -> Result<()> {
        Coefficients::row(self, mcu_row, planes);
        Ok(())
    }
}

/// Decodes a sequential file whose first scan has all components. Keeps one row of MCUs. Later scans are ignored.
fn in_one_scan(
    mut scans: Scans<'_>,
    colours: Colours,
    frame: &ScaledFrame,
    out: &mut Picture<'_>,
    budget: &Budget,
) -> Result<()> {
    let Some((header, data)) = scans.next() else { return Ok(()) };
    let scan = Scan::parse(header, frame)?;
    let reader = SequentialScan::new(data, &scan, frame, &mut scans.tables)?;
    let (mcus, _) = scan.mcus(frame);
    write(&mut FromScan { reader, mcus, budget }, colours, frame, out, budget)
}

/// Decodes a file of several scans, from the coefficients that all of them give. Scans that cannot be read are left out.
fn in_several_scans(
    mut scans: Scans<'_>,
    mut coefficients: Coefficients<'_>,
    progressive: bool,
    colours: Colours,
    frame: &ScaledFrame,
    out: &mut Picture<'_>,
    budget: &Budget,
) -> Result<()> {
    let (mut shown, mut wrong) = (false, None);
    while let Some((header, data)) = scans.next() {
        let tables = &mut scans.tables;
        let read = Scan::parse(header, frame).and_then(|scan| {
            read_scan(&mut coefficients, data, &scan, progressive, frame, tables, budget)
        });
        match read {
            Err(error @ Error::Corrupt { .. }) if scans.damage == Damage::Shown => {
                wrong.get_or_insert(error);
            }
            read => {
                read?;
                shown = true;
            }
        }
    }
    if let (false, Some(wrong)) = (shown, wrong) {
        return Err(wrong);
    }
    if scans.damage == Damage::Refused && !coefficients.are_of_all_components() {
        let detail = "a component is missing from its scans";
        return Err(Error::truncated(Format::Jpeg, detail));
    }
    write(&mut coefficients, colours, frame, out, budget)
}

/// Makes the picture, a window of rows at a time.
fn write(
    source: &mut impl Rows,
    colours: Colours,
    frame: &ScaledFrame,
    out: &mut Picture<'_>,
    budget: &Budget,
) -> Result<()> {
    let windows = frame
        .components
        .iter()
        .map(|component| component.stride() as u64 * u64::from(component.rows_per_mcu() + HISTORY));
    let working = windows.sum::<u64>() + Output::working(frame) + (256 << 10);
    let _working = budget.charge(working, "decoding the JPEG")?;
    let planes = frame.components.iter().map(|component| Plane {
        samples: vec![128; component.stride() * (component.rows_per_mcu() + HISTORY) as usize],
        stride: component.stride(),
        first: -i64::from(HISTORY),
    });
    let mut planes: Vec<Plane> = planes.collect();
    let mut output = Output::new(frame, colours);
    let rows = frame.components.first().map_or(0, |first| first.rows_per_mcu() * first.down);
    let mut written = 0;
    for mcu_row in 0..frame.mcus_high {
        source.row(mcu_row, &mut planes)?;
        let ready = if mcu_row + 1 == frame.mcus_high {
            frame.height
        } else {
            ((mcu_row + 1) * rows - u32::from(output.looks_ahead())).min(frame.height)
        };
        output.write(&planes, written, ready, out);
        written = ready;
        for (plane, component) in planes.iter_mut().zip(&frame.components) {
            // The rest is set to 128, so that blocks that are missing show as mid-grey.
            let moved = component.rows_per_mcu() as usize * plane.stride;
            plane.samples.copy_within(moved.., 0);
            plane.samples.iter_mut().skip(HISTORY as usize * plane.stride).for_each(|s| *s = 128);
            plane.first += i64::from(component.rows_per_mcu());
        }
    }
    Ok(())
}
