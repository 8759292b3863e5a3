//! What the decoder keeps of a file's headers (T.81, annex B), and the geometry that follows from them.

use thumbox_protocol::Format;

use super::huffman::Huffman;
use super::scan::Member;
use crate::error::{Error, Result};
use crate::inspect::jpeg::{Component as Sampled, Headers};

/// A component of the frame at the scale that is decoded.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) horizontal: u32,
    pub(super) vertical: u32,
    pub(super) table: u8,
    /// Samples that a block becomes, across and down: as many for both, 8, 6, 4, 3, 2 or 1, or 6 and 3.
    pub(super) size: (u32, u32),
    /// Output pixels that a sample stands for.
    pub(super) across: u32,
    pub(super) down: u32,
    /// Blocks that hold samples; a scan of this component alone has just these (T.81, A.2.3).
    pub(super) blocks_wide: u32,
    pub(super) blocks_high: u32,
    /// Blocks with those that fill up the last units.
    pub(super) stride_blocks: u32,
    /// Samples that belong to the picture.
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Component {
    /// Samples in a row of its plane.
    pub(super) fn stride(&self) -> usize {
        (self.stride_blocks * self.size.0) as usize
    }

    /// Rows of samples in a row of units.
    pub(super) fn rows_per_unit(&self) -> u32 {
        self.vertical * self.size.1
    }
}

/// A frame at a scale.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) components: Vec<Component>,
    pub(super) units_wide: u32,
    pub(super) units_high: u32,
    /// The picture's size at this scale.
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Frame {
    /// The frame with blocks of `size` samples a side instead of 8: 8, 4, 3, 2 or 1.
    ///
    /// A component with fewer samples than the others is decoded at a larger size, where that spares it
    /// from being stretched afterwards, unless it has `enough` samples across and down without.
    pub(super) fn new(headers: &Headers<'_>, size: u32, enough: (u64, u64)) -> Result<Self> {
        let frame = &headers.frame;
        // A component alone has no units but its blocks, whatever factors it names (T.81, A.2.2).
        let alone = frame.components.len() == 1;
        let factors = |component: &Sampled| match alone {
            true => Sampled { horizontal: 1, vertical: 1, ..*component },
            false => *component,
        };
        let sampling = || frame.components.iter().map(factors);
        let most_across = sampling().map(|component| component.horizontal).max().unwrap_or(1);
        let most_down = sampling().map(|component| component.vertical).max().unwrap_or(1);
        let (most_across, most_down) = (u32::from(most_across), u32::from(most_down));
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        let (units_wide, units_high) =
            (width.div_ceil(8 * most_across), height.div_ceil(8 * most_down));
        let component = |found: Sampled| {
            let (horizontal, vertical) = (u32::from(found.horizontal), u32::from(found.vertical));
            if most_across % horizontal != 0 || most_down % vertical != 0 {
                let detail = format!(
                    "sampling factors of which {horizontal} x {vertical} does not divide the largest"
                );
                return Err(Error::unsupported(Format::Jpeg, detail));
            }
            let (mut across, mut down) = (most_across / horizontal, most_down / vertical);
            let (mut wide, mut high) = (size, size);
            let samples = |wide: u32, high: u32| {
                (
                    (width * horizontal * wide).div_ceil(8 * most_across),
                    (height * vertical * high).div_ceil(8 * most_down),
                )
            };
            let has_enough = |own: u32| {
                let (width, height) = samples(own, own);
                u64::from(width) >= enough.0 && u64::from(height) >= enough.1
            };
            while wide * 2 <= 8 && across % 2 == 0 && down % 2 == 0 && !has_enough(wide) {
                (wide, across) = (wide * 2, across / 2);
                (high, down) = (high * 2, down / 2);
            }
            // Where it has fewer in one direction only. At other sizes libjpeg's rule is the one above, and this is too.
            if (wide, across % 2) == (3, 0) {
                (wide, across) = (6, across / 2);
            }
            if (high, down % 2) == (3, 0) {
                (high, down) = (6, down / 2);
            }
            let (samples_wide, samples_high) = samples(wide, high);
            Ok(Component {
                id: found.id,
                horizontal,
                vertical,
                table: found.table,
                size: (wide, high),
                across,
                down,
                blocks_wide: (width * horizontal).div_ceil(8 * most_across),
                blocks_high: (height * vertical).div_ceil(8 * most_down),
                stride_blocks: units_wide * horizontal,
                width: samples_wide,
                height: samples_high,
            })
        };
        Ok(Self {
            components: sampling().map(component).collect::<Result<_>>()?,
            units_wide,
            units_high,
            width: (width * size).div_ceil(8),
            height: (height * size).div_ceil(8),
        })
    }
}

/// The tables that are in force, which any scan may find changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// In zigzag order.
    quantisation: [Option<[u16; 64]>; 4],
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    pub(super) restart_interval: u32,
}

/// What gives a form of a table.
type Form<'t, T> = fn(&'t Huffman) -> Option<T>;

impl Tables {
    /// Makes a form of the DC table.
    pub(super) fn make_dc(&mut self, member: Member, make: fn(&mut Huffman)) {
        self.dc.get_mut(member.dc).and_then(Option::as_mut).map(make);
    }

    /// Makes a form of the AC table.
    pub(super) fn make_ac(&mut self, member: Member, make: fn(&mut Huffman)) {
        self.ac.get_mut(member.ac).and_then(Option::as_mut).map(make);
    }

    /// A form of the DC table, such as [`Huffman::steps`], if it was made.
    pub(super) fn dc<'t, T>(&'t self, member: Member, form: Form<'t, T>) -> Result<T> {
        let table = self.dc.get(member.dc).and_then(Option::as_ref);
        table.and_then(form).ok_or_else(|| missing("DC"))
    }

    /// A form of the AC table, if it was made.
    pub(super) fn ac<'t, T>(&'t self, member: Member, form: Form<'t, T>) -> Result<T> {
        let table = self.ac.get(member.ac).and_then(Option::as_ref);
        table.and_then(form).ok_or_else(|| missing("AC"))
    }

    /// In zigzag order.
    pub(super) fn quantisation(&self, component: &Component) -> Result<&[u16; 64]> {
        let table = self.quantisation.get(usize::from(component.table)).and_then(Option::as_ref);
        table.ok_or_else(|| missing("quantisation"))
    }

    /// Reads the body of a DQT segment (T.81, B.2.4.1).
    pub(super) fn read_quantisation(&mut self, mut body: &[u8]) -> Result<()> {
        while let [head, rest @ ..] = body {
            let bytes = if head >> 4 == 0 { 64 } else { 128 };
            let Some((values, rest)) = rest.split_at_checked(bytes) else {
                return Err(Error::corrupt(Format::Jpeg, "a quantisation table is too short"));
            };
            let Some(table) = self.quantisation.get_mut(usize::from(head & 15)) else {
                return Err(number(head & 15, "quantisation"));
            };
            let mut found = [0; 64];
            if bytes == 64 {
                found.iter_mut().zip(values).for_each(|(to, from)| *to = u16::from(*from));
            } else {
                let values = values.as_chunks::<2>().0;
                found.iter_mut().zip(values).for_each(|(to, from)| *to = u16::from_be_bytes(*from));
            }
            *table = Some(found);
            body = rest;
        }
        Ok(())
    }

    /// Reads the body of a DHT segment (T.81, B.2.4.2).
    pub(super) fn read_huffman(&mut self, mut body: &[u8]) -> Result<()> {
        while let Some((head, rest)) = body.split_first_chunk::<17>() {
            let [head, counts @ ..] = head;
            let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let Some((symbols, rest)) = rest.split_at_checked(total) else {
                return Err(Error::corrupt(Format::Jpeg, "a Huffman table is too short"));
            };
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let Some(table) = tables.get_mut(usize::from(head & 15)) else {
                return Err(number(head & 15, "Huffman"));
            };
            *table = Some(Huffman::new(counts, symbols)?);
            body = rest;
        }
        Ok(())
    }
}

fn missing(kind: &str) -> Error {
    Error::corrupt(Format::Jpeg, format!("a scan that needs an undefined {kind} table"))
}

fn number(number: u8, kind: &str) -> Error {
    Error::corrupt(Format::Jpeg, format!("{kind} table number {number}; 0 to 3 is allowed"))
}
