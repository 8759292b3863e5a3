//! Containers of image files as these are written: checksums, chunks, streams that are not compressed.
#![allow(dead_code, reason = "each program uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

pub mod bits;

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A PNG's or a RIFF file's chunk: its kind and its content.
pub type Chunk = ([u8; 4], Vec<u8>);

/// A PNG of these chunks and its end.
pub fn png(chunks: &[Chunk]) -> Vec<u8> {
    let mut file = PNG.to_vec();
    for (kind, body) in chunks.iter().chain(&[(*b"IEND", Vec::new())]) {
        let checked = [kind, body.as_slice()].concat();
        file.extend((body.len() as u32).to_be_bytes());
        file.extend(&checked);
        file.extend(crc32(&checked).to_be_bytes());
    }
    file
}

/// CRC-32 as PNG has it (W3C PNG, annex D).
pub fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < 256 {
            let (mut crc, mut bit) = (at as u32, 0);
            while bit < 8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
                bit += 1;
            }
            table[at] = crc;
            at += 1;
        }
        table
    };
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

/// A zlib stream (RFC 1950) of stored blocks.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.chunks(0xFFFF).len().max(1);
    for at in 0..blocks {
        let block = &bytes[at * 0xFFFF..bytes.len().min((at + 1) * 0xFFFF)];
        stream.push(u8::from(at + 1 == blocks));
        stream.extend((block.len() as u16).to_le_bytes());
        stream.extend((!(block.len() as u16)).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// A WebP of these chunks.
pub fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_chunk(b"RIFF", &[b"WEBP", chunks.concat().as_slice()].concat())
}

pub fn riff_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if body.len().is_multiple_of(2) { &[] } else { &[0] };
    [kind, (body.len() as u32).to_le_bytes().as_slice(), body, padding].concat()
}

/// A JPEG's segment.
pub fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], (body.len() as u16 + 2).to_be_bytes().as_slice(), body].concat()
}
