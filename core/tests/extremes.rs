//! Files whose lengths and sides are as long as numbers can say, or nothing: each is answered, by every build alike
//! (hosts/rust/twins asks both), and none with a bug of ours.

use thumbox_core::{Budget, Limits, call};

use crate::common::*;
use crate::{containers, mutations, seeds};

#[test]
fn lengths_and_sides_may_be_any_numbers() {
    // Little memory, so that nothing takes long; as many pixels as by default.
    let limits = Limits { max_memory: 32 << 20, ..Limits::DEFAULT };
    for format in seeds::FORMATS.into_iter().filter(|format| *format != "icc") {
        let seeds = seeds::seeds(format);
        let mut asked = 0;
        // All kinds, and not all of each.
        for (name, file) in seeds.iter().step_by(seeds.len().div_ceil(6)) {
            for changed in mutations::extreme(format, file) {
                asked += 1;
                for (message, request) in
                    [(101, probe(&changed)), (100, ask(8, 8, PNG).v1(&changed))]
                {
                    let answer = call(message, &[&request], &Budget::new(limits));
                    let number = answer.err().map_or(200, |error| error.code().number());
                    assert!((200..=303).contains(&number), "{format} {name}: {number}");
                }
            }
        }
        assert!(asked > 250, "{format}: {asked}");
    }
}

/// What is refused is refused by its number, whichever side is the long one.
#[test]
fn pictures_beyond_every_limit_are_refused_by_name() {
    let png = |width: u32, height: u32, depth: u8, colour: u8| {
        let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
        let header = (*b"IHDR", [sides.as_slice(), &[depth, colour, 0, 0, 0]].concat());
        containers::png(&[header, (*b"IDAT", containers::zlib(&[0; 64]))])
    };
    let bmp = |width: u32, height: u32| {
        let mut file = file(scene(20, 10), image::ImageFormat::Bmp);
        file[18..22].copy_from_slice(&width.to_le_bytes());
        file[22..26].copy_from_slice(&height.to_le_bytes());
        file
    };
    for (file, code, words) in [
        (png(1 << 29, 1, 16, 2), 300, "536870912 x 1 = 536870912 pixels; the limit is 268435456"),
        (png(1, 1 << 29, 16, 2), 300, "1 x 536870912 = 536870912 pixels"),
        (png((1 << 31) - 1, (1 << 31) - 1, 8, 0), 300, "= 4611686014132420609 pixels"),
        (png(1 << 31, 1, 8, 0), 201, "2147483648 x 1; 1 to 2147483647 is allowed"),
        (png(1 << 27, 2, 16, 6), 301, "decoding the PNG needs 1076192257 bytes"),
        (bmp(1 << 29, 1), 300, "536870912 x 1 = 536870912 pixels"),
        (bmp((1 << 31) - 1, 1 << 31), 300, "2147483647 x 2147483648 = 4611686016279904256 pixels"),
        (bmp(1 << 31, 1), 201, "-2147483648 x 1"),
    ] {
        let error = answer(100, &ask(8, 8, PNG).v1(&file)).unwrap_err();
        assert!(error.code().number() == code && error.to_string().contains(words), "{error}");
    }
}

/// Pixels beyond those that are expanded at once, of any kind and behind any filter.
#[test]
fn a_row_of_a_png_is_taken_in_pieces() {
    const WIDTH: u32 = (1 << 18) + 13;
    let limits = Limits { max_memory: 7 << 20, ..Limits::DEFAULT };
    for (colour, depth, bits) in [(0_u8, 1_u8, 1), (2, 8, 24), (6, 16, 64)] {
        let pixel = (bits / 8).max(1);
        let row = (WIDTH as usize * bits).div_ceil(8);
        let samples: Vec<u8> = (0..row).map(|at| if at < row / 3 { 0x0F } else { 0xC8 }).collect();
        // Of one row: none; the differences to the left; the halves of them.
        let left = |at: usize| at.checked_sub(pixel).map_or(0, |left| samples[left]);
        let filters = [0, 1, 3].map(|filter| {
            let filtered = samples.iter().enumerate().map(|(at, sample)| match filter {
                0 => *sample,
                3 => sample.wrapping_sub(left(at) / 2),
                _ => sample.wrapping_sub(left(at)),
            });
            [vec![filter], filtered.collect()].concat()
        });
        let made = |rows: &[u8], height: u32, limits: Limits| {
            let sides = [WIDTH.to_be_bytes(), height.to_be_bytes()].concat();
            let header = (*b"IHDR", [sides.as_slice(), &[depth, colour, 0, 0, 0]].concat());
            let file = containers::png(&[header, (*b"IDAT", containers::zlib(rows))]);
            call(100, &[&ask(30, 1, PNG).v1(&file)], &Budget::new(limits)).unwrap()
        };
        let first = made(&filters[0], 1, limits);
        for rows in &filters[1..] {
            assert!(made(rows, 1, limits) == first, "{bits} bits, filter {}", rows[0]);
        }
        let found = pixels(&first[20..]).to_rgba8();
        let [dark, bright] = [4, 25].map(|x| found.get_pixel(x, 0).0);
        let expected = if bits == 1 { [127, 96] } else { [0x0F, 0xC8] };
        assert!(
            dark[0].abs_diff(expected[0]) < 4 && bright[0].abs_diff(expected[1]) < 4,
            "{dark:?}"
        );
        // The same below it.
        let again = [vec![2], vec![0; row]].concat();
        let both = made(&[filters[1].as_slice(), &again].concat(), 2, Limits::DEFAULT);
        assert!(both == first, "{bits} bits, two rows");
    }
}
