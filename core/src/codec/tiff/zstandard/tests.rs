#![allow(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use thumbox_protocol::Limits;

use super::*;
use crate::budget::Budget;

/// What comes of a frame, in pieces of so many bytes, and what is wrong with it.
fn decompressed(frame: &[u8], needed: usize, piece: usize) -> (Vec<u8>, Option<Fault>) {
    let budget = Budget::new(Limits::DEFAULT);
    let mut zstandard = Zstandard::new(&budget);
    if let Err(fault) = zstandard.start(frame, needed as u64).unwrap() {
        return (Vec::new(), Some(fault));
    }
    let mut found = Vec::new();
    loop {
        let mut to = vec![0; piece];
        match zstandard.read(&mut to) {
            Ok(0) => return (found, zstandard.fault()),
            Ok(count) => found.extend(&to[..count]),
            Err(fault) => return (found, Some(fault)),
        }
    }
}

/// Bytes with runs, repeats at several distances, and noise.
fn bytes(count: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut found = vec![7; 100];
    while found.len() < count {
        let length = random() as usize % 300 + 3;
        match random() % 4 {
            0 => found.extend((0..length).map(|_| (random() % 23) as u8)),
            1 => found.extend(vec![random() as u8; length]),
            2 => found.extend((0..length / 8).map(|_| random() as u8)),
            _ => {
                let back = random() as usize % found.len() + 1;
                let from = found.len() - back;
                (0..length).for_each(|at| found.push(found[from + at]));
            }
        }
    }
    found.truncate(count);
    found
}

#[test]
fn what_was_compressed_comes_back() {
    for (seed, count) in
        [0, 1, 2, 99, 1000, 10_000, 131_072, 131_073, 1_000_000].into_iter().enumerate()
    {
        let plain = bytes(count, seed as u32 * 77 + 5);
        for level in [CompressionLevel::Uncompressed, CompressionLevel::Fastest] {
            let frame = compress_to_vec(plain.as_slice(), level);
            for piece in [65_536, 997] {
                assert!(decompressed(&frame, count, piece) == (plain.clone(), None), "{count}");
            }
        }
    }
}

/// Frames of libzstd 1.5: 3,000 bytes by level 1 and 19, with sequences, both kinds of codes and tables.
const TEXT: &[u8] = include_bytes!("frames/text.bin");
const LEVELS: [&[u8]; 2] =
    [include_bytes!("frames/level-1.zst"), include_bytes!("frames/level-19.zst")];

#[test]
fn frames_of_libzstd_are_read() {
    for frame in LEVELS {
        assert!(decompressed(frame, TEXT.len(), 4096) == (TEXT.to_vec(), None));
    }
}

#[test]
fn whatever_is_damaged_ends_with_what_came_before() {
    let plain = bytes(60_000, 3);
    let frame = compress_to_vec(plain.as_slice(), CompressionLevel::Fastest);
    for place in (0..frame.len()).step_by(29) {
        for change in [0x01, 0x80, 0xFF] {
            let mut damaged = frame.clone();
            damaged[place] ^= change;
            let (found, _) = decompressed(&damaged, plain.len(), 65_536);
            assert!(found.len() <= plain.len() + MOST_BYTES);
        }
    }
    for length in (0..frame.len()).step_by(7) {
        let (found, _) = decompressed(&frame[..length], plain.len(), 65_536);
        assert!(plain.starts_with(&found), "{length}");
    }
    for frame in LEVELS {
        for place in 0..frame.len() {
            for change in [0x01, 0x04, 0x10, 0x40] {
                let mut damaged = frame.to_vec();
                damaged[place] ^= change;
                _ = decompressed(&damaged, TEXT.len(), 65_536);
            }
        }
    }
}

#[test]
fn damaged_literals_are_shown_and_told_of() {
    // Few values, and little that repeats: literals alone.
    let mut state = 1_u32;
    let plain: Vec<u8> = (0..1500)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 27 & state >> 22 & 31) as u8
        })
        .collect();
    // By libzstd, in four streams.
    let frame = include_bytes!("frames/literals.zst").to_vec();
    assert!(decompressed(&frame, plain.len(), 4096) == (plain.clone(), None));
    let shown = (100..frame.len()).filter(|place| {
        let mut damaged = frame.clone();
        damaged[*place] ^= 0x10;
        let (found, fault) = decompressed(&damaged, plain.len(), 65_536);
        found.len() == plain.len() && fault == Some(BROKEN)
    });
    let count = shown.count();
    assert!(count > frame.len() / 4, "{count} of {}", frame.len());
}

#[test]
fn a_window_is_charged_as_far_as_it_is_needed() {
    // A window of 2^41 bytes; a block of a single byte, 70 times.
    let frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xF8, 0x33, 0x02, 0x00, 9];
    let header = u32::from_le_bytes([0x33, 0x02, 0x00, 0]);
    assert_eq!((header & 1, header >> 1 & 3, header >> 3), (1, 1, 70));
    assert_eq!(decompressed(&frame, 70, 64), (vec![9; 70], None));
    let budget = Budget::new(Limits::DEFAULT);
    let mut zstandard = Zstandard::new(&budget);
    assert_eq!(zstandard.start(&frame, 1 << 32).unwrap_err().code().number(), 301);
}
