//! The marker segments of a file (T.81, annex B; T.871, section 10).

use super::super::markers::{APP0, APP2, DHT, DQT, SOI, SOS};

use super::frame::Frame;
use super::quantisation::Quantiser;
use super::sink::Codes;

/// The spectral band of a scan, and the places of bits that it leaves (T.81, B.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) start: u8,
    pub(super) end: u8,
    pub(super) high: u8,
    pub(super) low: u8,
}

impl Band {
    pub(super) const ALL: Self = Self { start: 0, end: 63, high: 0, low: 0 };
    pub(super) const DC: Self = Self { start: 0, end: 0, high: 0, low: 0 };
}

/// What an ICC profile's segments begin with, before their number and their count (ICC.1:2022, annex B.4).
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// Bytes of a profile in one segment.
const PART: usize = 0xFFFF - 2 - PROFILE.len() - 2;

/// All before the first scan: no thumbnail, square pixels, a profile where there is one, the quantisation tables and the
/// frame's header.
pub(super) fn head(frame: &Frame, quantisers: &[Quantiser], profile: &[u8], marker: u8) -> Vec<u8> {
    let mut head = vec![0xFF, SOI];
    segment(&mut head, APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let parts = profile.chunks(PART);
    let count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
    for (number, part) in (1..=u8::MAX).zip(parts) {
        segment(&mut head, APP2, &[PROFILE, &[number, count], part].concat());
    }
    let mut tables = Vec::new();
    for (quantiser, number) in quantisers.iter().zip(0..) {
        tables.push(number);
        tables.extend(quantiser.steps);
    }
    segment(&mut head, DQT, &tables);
    let mut body = vec![8];
    body.extend(frame.height.to_be_bytes());
    body.extend(frame.width.to_be_bytes());
    body.extend(u8::try_from(frame.components.len()));
    for (component, number) in frame.components.iter().zip(1..) {
        let sampling = if component.sampling == 2 { 0x22 } else { 0x11 };
        body.extend([number, sampling, component.table]);
    }
    segment(&mut head, marker, &body);
    head
}

/// The tables and the header of a scan. A component is given by its number in the frame and that of its tables.
pub(super) fn scan_head(codes: &[Codes], components: &[(u8, u8)], band: Band) -> Vec<u8> {
    let mut head = Vec::new();
    let mut tables = Vec::new();
    for (codes, number) in codes.iter().zip(0_u8..) {
        for (code, class) in [(&codes.dc, 0), (&codes.ac, 0x10)] {
            if !code.symbols.is_empty() {
                tables.push(class | number);
                tables.extend(code.counts);
                tables.extend(&code.symbols);
            }
        }
    }
    if !tables.is_empty() {
        segment(&mut head, DHT, &tables);
    }
    let mut body = Vec::new();
    body.extend(u8::try_from(components.len()));
    for (component, table) in components {
        body.extend([component + 1, table << 4 | table]);
    }
    body.extend([band.start, band.end, band.high << 4 | band.low]);
    segment(&mut head, SOS, &body);
    head
}

fn segment(file: &mut Vec<u8>, marker: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    file.extend([0xFF, marker]);
    file.extend(length.to_be_bytes());
    file.extend(body);
}
