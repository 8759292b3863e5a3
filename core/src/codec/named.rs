//! Formats that are not read, by their names: a refusal says what a file is, not what its first bytes are.

use super::isobmff::brands;
use crate::error::Error;

/// What files start with, and what they are. A `?` stands for any byte.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"\xFF\x0A", "a JPEG XL image"),
    (b"\0\0\0\x0CJXL \r\n\x87\n", "a JPEG XL image"),
    (b"\xFF\x4F\xFF\x51", "a JPEG 2000 image"),
    (b"\0\0\0\x0CjP  \r\n\x87\n", "a JPEG 2000 image"),
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"\xC5\xD0\xD3\xC6", "a PostScript document"),
    (b"\x1A\x45\xDF\xA3", "a WebM or Matroska video"),
    (b"RIFF????AVI ", "an AVI video"),
    (b"????moov", "a QuickTime video"),
    (b"????mdat", "a QuickTime video"),
    (b"????wide", "a QuickTime video"),
];

/// Bytes in which an SVG's first element is looked for.
const SVG_START: usize = 64 << 10;

/// Refuses a file of no format that is read. `read`: the names of those that are.
pub(super) fn refusal(data: &[u8], read: &str) -> Error {
    if let Some(name) = name(data) {
        return Error::UnknownFormat(format!("the file is {name}, not a {read} image"));
    }
    let start = data.get(..12).unwrap_or(data);
    Error::UnknownFormat(format!(
        "the data is not a {read} image; it starts with \"{}\"",
        start.escape_ascii()
    ))
}

fn name(data: &[u8]) -> Option<String> {
    let is = |signature: &[u8]| {
        let start = data.get(..signature.len()).unwrap_or_default();
        !start.is_empty()
            && signature.iter().zip(start).all(|(known, byte)| *known == b'?' || known == byte)
    };
    if let Some((_, name)) = SIGNATURES.iter().find(|(signature, _)| is(signature)) {
        return Some((*name).to_owned());
    }
    if let Some(major) = brands(data).and_then(|mut brands| brands.next()) {
        return Some(format!("an MP4 or QuickTime file of the brand \"{}\"", major.escape_ascii()));
    }
    is_svg(data).then(|| "an SVG drawing".to_owned())
}

/// Whether the first element of an XML document is `svg`, or its document type says so.
fn is_svg(data: &[u8]) -> bool {
    let data = data.get(..SVG_START).unwrap_or(data);
    let mut rest = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data).trim_ascii_start();
    loop {
        let (end, start) = match rest {
            [b'<', b'?', after @ ..] => (&b"?>"[..], after),
            [b'<', b'!', b'-', b'-', after @ ..] => (&b"-->"[..], after),
            _ => break,
        };
        let Some(after) = start
            .windows(end.len())
            .position(|bytes| bytes == end)
            .and_then(|at| start.get(at + end.len()..))
        else {
            return false;
        };
        rest = after.trim_ascii_start();
    }
    let after = match rest.strip_prefix(b"<!DOCTYPE") {
        Some(after) => after.trim_ascii_start().strip_prefix(b"svg"),
        None => rest.strip_prefix(b"<svg"),
    };
    after.and_then(|after| after.first()).is_some_and(|next| !next.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(data: &[u8]) -> (u32, String) {
        let error = refusal(data, "JPEG");
        (error.code().number(), error.to_string())
    }

    #[test]
    fn what_is_not_read_is_refused_by_its_name() {
        for (data, name) in [
            (&b"\xFF\x0A\xFA"[..], "a JPEG XL image"),
            (b"\0\0\0\x0CJXL \r\n\x87\n\0", "a JPEG XL image"),
            (b"\0\0\0\x0CjP  \r\n\x87\n\0", "a JPEG 2000 image"),
            (b"\xFF\x4F\xFF\x51\0", "a JPEG 2000 image"),
            (b"%PDF-1.7", "a PDF document"),
            (b"%!PS-Adobe-3.0 EPSF-3.0", "a PostScript document"),
            (b"\x1A\x45\xDF\xA3\x9F", "a WebM or Matroska video"),
            (b"RIFF\x10\0\0\0AVI LIST", "an AVI video"),
            (b"\0\0\0\x08wide\0\0\0\0mdat", "a QuickTime video"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "an MP4 or QuickTime file of the brand \"qt  \""),
            (
                b"\0\0\0\x18ftypisom\0\0\0\0mp41avc1",
                "an MP4 or QuickTime file of the brand \"isom\"",
            ),
            (b"<svg xmlns=\"\">", "an SVG drawing"),
            (b"\xEF\xBB\xBF\n<?xml version=\"1.0\"?><!-- a > b -->\n<svg>", "an SVG drawing"),
            (b"<?xml?>\n<!DOCTYPE svg PUBLIC>", "an SVG drawing"),
        ] {
            let expected = (200, format!("the file is {name}, not a JPEG image"));
            assert_eq!(refused(data), expected, "{}", data.escape_ascii());
        }
        for data in [
            &b"<svgz>"[..],
            b"<html><svg>",
            b"<!-- <svg>",
            b"<?xml",
            b"%!",
            b"%PDF",
            b"\xFF",
            b"\0\0\0\x08ftyp",
            b"RIFF\x10\0\0\0WAVE",
        ] {
            let (code, message) = refused(data);
            assert!(code == 200 && message.contains("starts with"), "{message}");
        }
    }
}
