//! TIFFs that break a rule and are shown all the same, because libtiff shows them.

use crate::broken::{code, shown, strict_code};
use crate::common::*;

const WIDTH: u32 = 20;
const HEIGHT: u32 = 14;

/// A file of one strip, with these entries beside those of the strip.
fn strip(sides: [u32; 2], data: &[u8], entries: &[(u16, Vec<u32>)]) -> Vec<u8> {
    let mut file = tiff_data(data);
    let [width, height] = sides.map(|side| vec![side]);
    let strip = [(256, width), (257, height), (273, vec![8]), (279, vec![data.len() as u32])];
    end_tiff(&mut file, &[&strip, entries].concat());
    file
}

#[test]
fn what_a_tiff_says_of_samples_that_it_does_not_have_is_not_read() {
    let file = |bits: &[u32]| {
        let entries = [(258, bits.to_vec()), (262, vec![2]), (277, vec![3])];
        strip([2, 1], &[10, 20, 30, 40, 50, 60], &entries)
    };
    let expected = shown(&file(&[8, 8, 8]));
    assert_eq!(expected.as_raw()[..], [10, 20, 30, 255, 40, 50, 60, 255]);
    assert!(shown(&file(&[8, 8, 8, 1])) == expected);
    assert_eq!(code(&file(&[8, 8, 1])), 200);
}

#[test]
fn a_strip_has_the_bytes_of_its_pixels_whatever_its_count_says() {
    let picture = GreyTiff { width: 3, height: 3, rows: 3, bits: 8, compression: 1 };
    let data = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let file = |count: u32| grey_tiff(&picture, &[(8, count)], &data);
    let expected = shown(&file(9));
    assert_eq!(expected.get_pixel(2, 2).0, [9, 9, 9, 255]);
    for count in [0, 1, 8, 10, u32::MAX] {
        assert!(shown(&file(count)) == expected, "{count}");
        assert_eq!(strict_code(&file(count)), 0, "{count}");
    }
}

#[test]
fn a_tag_that_has_several_values_instead_of_one_is_ignored() {
    let file = |entries: &[(u16, Vec<u32>)]| {
        strip([2, 2], &[10, 20, 30, 40], &[&[(258, vec![8]), (262, vec![1])], entries].concat())
    };
    let expected = shown(&file(&[]));
    for (tag, value) in [(266, 2), (274, 3), (277, 9), (284, 2)] {
        assert!(shown(&file(&[(tag, vec![value; 2])])) == expected, "{tag}");
    }
    assert!(shown(&file(&[(274, vec![3])])) != expected);
}

#[test]
fn checksums_of_tiffs_count_only_where_damage_is_refused() {
    let rows: Vec<u8> = (0..WIDTH * HEIGHT).map(|at| (at * 7 % 251) as u8).collect();
    let picture = GreyTiff { width: WIDTH, height: HEIGHT, rows: HEIGHT, bits: 8, compression: 8 };
    let file = |data: &[u8]| grey_tiff(&picture, &[(8, data.len() as u32)], data);
    let stream = zlib(&rows);
    let expected = shown(&file(&stream));
    let (rest, last) = (&stream[..stream.len() - 4], stream[stream.len() - 1]);
    for (name, data, strict) in [
        ("as it should be", stream.clone(), 0),
        ("a wrong checksum", [&stream[..stream.len() - 1], &[!last]].concat(), 201),
        ("no checksum", rest.to_vec(), 202),
        ("more data", zlib(&[rows.as_slice(), &[0; 99]].concat()), 0),
        ("bytes behind", [stream.as_slice(), &[7; 99]].concat(), 0),
    ] {
        assert!(shown(&file(&data)) == expected, "{name}");
        assert_eq!(strict_code(&file(&data)), strict, "{name}");
    }
}

#[test]
fn as_many_samples_as_the_colours_need_where_their_number_is_missing() {
    let file = |photometric: u32, bits: &[u32]| {
        strip([2, 1], &[10, 20, 30, 40, 50, 60], &[(258, bits.to_vec()), (262, vec![photometric])])
    };
    let rgb = shown(&file(2, &[8, 8, 8]));
    assert_eq!(rgb.as_raw()[..], [10, 20, 30, 255, 40, 50, 60, 255]);
    let grey = shown(&file(1, &[8, 8]));
    assert_eq!(grey.as_raw()[..], [10, 10, 10, 255, 20, 20, 20, 255]);
    assert_eq!(code(&file(2, &[8, 8])), 201);
}

#[test]
fn a_list_of_no_extra_samples_is_no_list() {
    let file = |extra: &[(u16, Vec<u32>)]| {
        let entries = [(258, vec![8; 4]), (262, vec![2]), (277, vec![4])];
        strip([1, 1], &[10, 20, 30, 128], &[&entries, extra].concat())
    };
    let expected = [10, 20, 30, 128];
    assert_eq!(shown(&file(&[])).as_raw()[..], expected);
    assert_eq!(shown(&file(&[(338, vec![2])])).as_raw()[..], expected);
    assert_eq!(shown(&file(&[(338, vec![])])).as_raw()[..], expected);
    assert_eq!(shown(&file(&[(338, vec![0])])).as_raw()[..], [10, 20, 30, 255]);
}

#[test]
fn a_fax_that_does_not_say_what_0_is_has_it_white() {
    // White 4, black 2, white 10: modified Huffman, whose rows are whole bytes.
    let row = [0b1011_1100, 0b1110_0000];
    let fax = |more: &[(u16, Vec<u32>)]| {
        let entries = [(258, vec![1]), (259, vec![2])];
        strip([16, 1], &row, &[&entries, more].concat())
    };
    let expected = shown(&fax(&[(262, vec![0])]));
    let columns: Vec<u8> = [0, 4, 6].map(|x| expected.get_pixel(x, 0).0[0]).into();
    assert_eq!(columns, [255, 0, 255]);
    assert!(shown(&fax(&[])) == expected);
    let plain = strip([16, 1], &[0x0C, 0], &[(258, vec![1])]);
    assert_eq!(shown(&plain).get_pixel(0, 0).0, [0, 0, 0, 255]);
}

#[test]
fn a_wrong_code_of_a_fax_leaves_the_rows_below_in_place() {
    let good = [0b1011_1100, 0b1110_0000];
    // White 4, black 2; then what is no code.
    let wrong = [0b1011_1100, 0b0000_0000];
    // Rows begin at every 16 bits.
    let fax = |rows: [[u8; 2]; 3]| {
        strip([16, 3], rows.as_flattened(), &[(258, vec![1]), (259, vec![32_771]), (262, vec![0])])
    };
    let (whole, damaged) = (fax([good; 3]), fax([good, wrong, good]));
    assert_eq!((strict_code(&whole), strict_code(&damaged)), (0, 201));
    assert!(shown(&whole) == shown(&damaged));
}
