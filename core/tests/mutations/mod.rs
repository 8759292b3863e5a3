//! Changes of image files: any bytes, numbers where formats have lengths and sides, and whole chunks.
#![allow(dead_code, reason = "each program uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

mod layout;
mod random;

use std::ops::Range;

use super::containers::{PNG, crc32};
use layout::{Layout, Number};
pub use random::Random;

/// Numbers at which arithmetic breaks, beside those around each power of 2.
const NUMBERS: [u64; 8] = [0, 1, 3, 10, 100, 1000, 0x0101_0101_0101_0101, u64::MAX / 3];

/// Numbers at which a length or a side becomes too long: for a row, for a picture, for a signed number, for 32 bits.
const EXTREMES: [u64; 8] = [0, 1, 1 << 15, 1 << 16, 1 << 28, 1 << 29, 1 << 31, u32::MAX as u64];

/// No file grows further.
const LONGEST: usize = 64 << 10;

/// One of the files of a format, changed in one way or in several.
pub fn changed(format: &str, files: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut file = random.one_of(files).clone();
    loop {
        let other: &Vec<u8> = random.one_of(files);
        change(format, &mut file, other, random);
        if random.below(2) == 0 {
            break;
        }
    }
    if random.below(8) > 0 {
        mend(format, &mut file);
    }
    file
}

/// A file with each of its lengths and sides at each of the extremes, also with 1 beside it: a picture's largest side is
/// refused where the other is not the shortest.
pub fn extreme(format: &str, file: &[u8]) -> Vec<Vec<u8>> {
    let numbers = Layout::of(format, file).numbers;
    let neighbour = |number: &Number| {
        let next = Number { at: number.at + number.width, ..*number };
        (!matches!(format, "raw" | "tiff") && numbers.contains(&next)).then_some(next)
    };
    let mut found = Vec::new();
    let mut add = |values: &[(Number, u64)]| {
        let mut file = file.to_vec();
        values.iter().for_each(|(number, value)| set(&mut file, *number, *value));
        if format == "png" {
            mend(format, &mut file);
        }
        found.push(file);
    };
    for number in &numbers {
        let most = u64::MAX >> (64 - 8 * number.width);
        for value in EXTREMES.into_iter().filter(|value| *value < most).chain([most]) {
            add(&[(*number, value)]);
            if let Some(next) = neighbour(number) {
                add(&[(*number, value), (next, 1)]);
                add(&[(*number, 1), (next, value)]);
            }
        }
    }
    found
}

/// A mutator for libFuzzer: its own changes, and ours.
pub fn in_place(
    format: &str,
    data: &mut [u8],
    size: usize,
    seed: u32,
    own: impl Fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let most = data.len();
    let mut random = Random::new(u64::from(seed), 0);
    let mut size = size;
    if random.below(4) > 0 {
        size = own(data, size, most);
    } else {
        let mut file = data[..size].to_vec();
        change(format, &mut file, &[], &mut random);
        size = file.len().min(most);
        data[..size].copy_from_slice(&file[..size]);
    }
    if random.below(8) > 0 {
        mend(format, &mut data[..size]);
    }
    size
}

/// One change. `other` is another file of the format.
fn change(format: &str, file: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if file.is_empty() {
        file.extend(other);
        return;
    }
    match random.below(14) {
        0 | 1 => {
            let at = place(file, random);
            file[at] ^= 1 << random.below(8);
        }
        2 => {
            let at = place(file, random);
            file[at] = random.next() as u8;
        }
        3 | 4 => {
            let number = Number {
                at: place(file, random),
                width: 1 << random.below(4),
                big_endian: random.below(2) == 0,
            };
            write(file, number, random);
        }
        5..=7 => {
            let numbers = Layout::of(format, file).numbers;
            if !numbers.is_empty() {
                write(file, *random.one_of(&numbers), random);
            }
        }
        8 => {
            let range = range(file, random);
            file.drain(range);
        }
        9 => {
            let range = range(file, random);
            insert(file, range.end, range);
        }
        10 => {
            // The head of one and the tail of another.
            let (head, tail) = (random.below(file.len() + 1), random.below(other.len() + 1));
            file.truncate(head);
            file.extend(&other[tail..]);
            file.truncate(LONGEST);
        }
        11 | 12 => pieces(format, file, other, random),
        _ => file.truncate(random.below(file.len() + 1)),
    }
}

/// A place in a file: as often in its first bytes, where the claims are, as anywhere.
fn place(file: &[u8], random: &mut Random) -> usize {
    let reach = if random.below(2) == 0 { file.len().min(64) } else { file.len() };
    random.below(reach)
}

fn range(file: &[u8], random: &mut Random) -> Range<usize> {
    let start = place(file, random);
    let most = 1 << random.below(10);
    start..file.len().min(start + 1 + random.below(most))
}

fn insert(file: &mut Vec<u8>, at: usize, range: Range<usize>) {
    let copy = file[range].to_vec();
    if file.len() + copy.len() <= LONGEST {
        file.splice(at..at, copy);
    }
}

/// A number at which something might break, also beside what is there.
fn write(file: &mut [u8], number: Number, random: &mut Random) {
    let Some(bytes) = file.get(number.at..number.at + number.width) else { return };
    let mut old = [0; 8];
    for (at, byte) in bytes.iter().enumerate() {
        old[if number.big_endian { number.width - 1 - at } else { at }] = *byte;
    }
    let old = u64::from_le_bytes(old);
    let power = 1_u64 << random.below(number.width * 8);
    let value = match random.below(8) {
        0 => *random.one_of(&NUMBERS),
        1 => power,
        2 => power - 1,
        3 => power.wrapping_neg(),
        4 => old.wrapping_add(1 + random.below(16) as u64),
        5 => old.wrapping_sub(1 + random.below(16) as u64),
        6 => old.wrapping_neg(),
        _ => old.wrapping_mul(2 + random.below(3) as u64),
    };
    set(file, number, value);
}

fn set(file: &mut [u8], number: Number, value: u64) {
    let Some(bytes) = file.get_mut(number.at..number.at + number.width) else { return };
    for (at, byte) in bytes.iter_mut().enumerate() {
        let place = if number.big_endian { number.width - 1 - at } else { at };
        *byte = value.to_le_bytes()[place];
    }
}

/// Takes a chunk out, writes it twice, or moves it; or takes one of another file.
fn pieces(format: &str, file: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let pieces = Layout::of(format, file).pieces;
    if pieces.is_empty() {
        return;
    }
    let one = random.one_of(&pieces).clone();
    let target = random.one_of(&pieces).start;
    match random.below(5) {
        0 => drop(file.drain(one)),
        1 => insert(file, target, one),
        2 => {
            // The same at many places takes time where each is looked at.
            for _ in 0..=random.below(40) {
                insert(file, one.start, one.clone());
            }
        }
        3 if !one.contains(&target) || target == one.start => {
            let copy = file[one.clone()].to_vec();
            file.drain(one.clone());
            let at = if target > one.start { target - copy.len() } else { target };
            file.splice(at..at, copy);
        }
        3 => {}
        _ => {
            let others = Layout::of(format, other).pieces;
            if !others.is_empty() && file.len() + other.len() <= LONGEST {
                let copy = other[random.one_of(&others).clone()].to_vec();
                file.splice(target..target, copy);
            }
        }
    }
}

/// Makes true what nobody would look behind: a PNG's checksums, a WebP's length.
pub fn mend(format: &str, file: &mut [u8]) {
    match format {
        "png" if file.starts_with(PNG) => {
            for piece in Layout::of("png", file).pieces {
                let end = piece.end - 4;
                let crc = crc32(&file[piece.start + 4..end]).to_be_bytes();
                file[end..piece.end].copy_from_slice(&crc);
            }
        }
        "webp" if file.len() >= 12 => {
            let length = file.len() as u32 - 8;
            file[4..8].copy_from_slice(&length.to_le_bytes());
        }
        _ => {}
    }
}
