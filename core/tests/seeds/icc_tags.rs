//! The content of a profile's tags (ICC.1:2022, section 10, and ICC.1:2001).

use super::texture;

fn head(kind: &[u8; 4]) -> Vec<u8> {
    [kind, [0; 4].as_slice()].concat()
}

/// Numbers with 16 bits behind the point.
fn fixed(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| ((value * 65536.0).round() as i32).to_be_bytes()).collect()
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// `count` numbers that rise from 0 to `most`.
fn rising(count: u16, most: u16) -> Vec<u16> {
    let step = |at: u16| u32::from(at) * u32::from(most) / u32::from((count - 1).max(1));
    (0..count).map(|at| step(at) as u16).collect()
}

pub(super) fn xyz(values: [f64; 3]) -> Vec<u8> {
    [head(b"XYZ "), fixed(&values)].concat()
}

/// No numbers are the identity, one is a gamma.
pub(super) fn curve(values: &[u16]) -> Vec<u8> {
    let mut tag = [head(b"curv"), (values.len() as u32).to_be_bytes().to_vec()].concat();
    tag.extend(words(values));
    tag.resize(tag.len().next_multiple_of(4), 0);
    tag
}

pub(super) fn curve_of(count: u16) -> Vec<u8> {
    curve(&rising(count, u16::MAX))
}

/// A parametric curve of type 0 to 4, nearly sRGB's.
pub(super) fn parametric(kind: u16) -> Vec<u8> {
    let (gamma, a, b, c, d) = (2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045);
    let values: &[f64] = match kind {
        0 => &[gamma],
        1 => &[gamma, a, b],
        2 => &[gamma, a, b, 0.01],
        3 => &[gamma, a, b, c, d],
        _ => &[gamma, a, b, c, d, 0.001, 0.002],
    };
    [head(b"para"), words(&[kind, 0]), fixed(values)].concat()
}

/// A text of version 4, in two languages.
pub(super) fn translated(text: &str) -> Vec<u8> {
    let text: Vec<u16> = text.encode_utf16().collect();
    let mut tag =
        [head(b"mluc"), 2_u32.to_be_bytes().to_vec(), 12_u32.to_be_bytes().to_vec()].concat();
    for language in [b"enGB", b"deDE"] {
        tag.extend(language);
        tag.extend((text.len() as u32 * 2).to_be_bytes());
        tag.extend(40_u32.to_be_bytes());
    }
    tag.extend(words(&text));
    tag.resize(tag.len().next_multiple_of(4), 0);
    tag
}

/// A text of version 2.
pub(super) fn description(text: &str) -> Vec<u8> {
    let mut tag = [head(b"desc"), (text.len() as u32 + 1).to_be_bytes().to_vec()].concat();
    tag.extend(text.bytes());
    tag.extend([0; 1 + 4 + 4 + 2 + 1 + 67]);
    tag
}

pub(super) fn text(text: &str) -> Vec<u8> {
    [head(b"text"), text.as_bytes().to_vec(), vec![0; 4]].concat()
}

pub(super) fn adaptation() -> Vec<u8> {
    let matrix = [1.0479, 0.0229, -0.0502, 0.0296, 0.9904, -0.0171, -0.0092, 0.0151, 0.7517];
    [head(b"sf32"), fixed(&matrix)].concat()
}

pub(super) fn cicp(primaries: u8, transfer: u8) -> Vec<u8> {
    [head(b"cicp"), vec![primaries, transfer, 0, 1]].concat()
}

const IDENTITY: [f64; 9] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

/// A table of 8 bits.
pub(super) fn lut8(inputs: u8, outputs: u8, grid: u8) -> Vec<u8> {
    let tables = |count: u8| (0..count).flat_map(|_| 0..=255).collect::<Vec<u8>>();
    let table = texture(usize::from(grid).pow(inputs.into()) * usize::from(outputs));
    let sizes = vec![inputs, outputs, grid, 0];
    [head(b"mft1"), sizes, fixed(&IDENTITY), tables(inputs), table, tables(outputs)].concat()
}

/// A table of 16 bits, with tables of `entries` before and behind it.
pub(super) fn lut16(inputs: u8, outputs: u8, grid: u8, entries: u16) -> Vec<u8> {
    let curves = |count: u8| words(&rising(entries, u16::MAX)).repeat(count.into());
    let count = usize::from(grid).pow(inputs.into()) * usize::from(outputs);
    let sizes = vec![inputs, outputs, grid, 0];
    let parts = [head(b"mft2"), sizes, fixed(&IDENTITY), words(&[entries, entries])];
    [parts.concat(), curves(inputs), texture(2 * count), curves(outputs)].concat()
}

/// The parts of a `mAB ` or `mBA ` beside its last curves.
#[derive(Clone, Copy)]
pub(super) struct Stages {
    pub(super) inputs: u8,
    pub(super) outputs: u8,
    /// A matrix, and curves beside it.
    pub(super) matrix: bool,
    /// Points of the grid, and bytes of a number.
    pub(super) table: Option<(u8, u8)>,
    pub(super) to_pcs: bool,
}

impl Stages {
    pub(super) fn tag(&self) -> Vec<u8> {
        let kind = if self.to_pcs { b"mAB " } else { b"mBA " };
        let mut tag = [head(kind), vec![self.inputs, self.outputs, 0, 0], vec![0; 20]].concat();
        // The curves at the connection space, and at the device.
        let (near, far) =
            if self.to_pcs { (self.outputs, self.inputs) } else { (self.inputs, self.outputs) };
        let mut add = |at: usize, part: Vec<u8>| {
            let place = tag.len() as u32;
            tag[12 + 4 * at..16 + 4 * at].copy_from_slice(&place.to_be_bytes());
            tag.extend(part);
        };
        add(0, parametric(0).repeat(near.into()));
        if self.matrix {
            add(1, fixed(&[IDENTITY.as_slice(), &[0.01, 0.0, -0.01]].concat()));
            add(2, curve_of(4).repeat(3));
        }
        if let Some((grid, width)) = self.table {
            let mut sizes = vec![0; 16];
            sizes[..usize::from(self.inputs)].fill(grid);
            let count = usize::from(grid).pow(self.inputs.into()) * usize::from(self.outputs);
            let mut data = texture(count * usize::from(width));
            data.resize(data.len().next_multiple_of(4), 0);
            add(3, [sizes, vec![width, 0, 0, 0], data].concat());
            add(4, curve(&[]).repeat(far.into()));
        }
        tag
    }
}
