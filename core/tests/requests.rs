//! What a request can get wrong: each mistake has its code, and its message names the value and the range.

use thumbox_core::protocol::Layout;
use thumbox_core::{Budget, Code, Error, Limits, call, call_owned};

use crate::common::*;

fn refused(message_id: u32, request: &[u8], code: Code, says: &[&str]) {
    let error = answer(message_id, request).unwrap_err();
    let text = error.to_string();
    assert_eq!(error.code(), code, "{text}");
    for part in says {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
}

fn changed(request: &[u8], offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut request = request.to_vec();
    request[offset..offset + bytes.len()].copy_from_slice(bytes);
    request
}

/// A valid request of every kind, with its header's length.
fn requests() -> Vec<(u32, Vec<u8>, usize)> {
    let image = png(16, 12);
    vec![
        (100, ask(8, 8, PNG).v1(&image), 24),
        (100, ask(8, 8, PNG).v2(0, &image), 40),
        (100, ask(8, 8, PNG).v3(Third::default(), &image), 64),
        (101, probe(&image), 8),
        (102, set(&[ask(8, 8, PNG), ask(4, 4, WEBP)], &image), 12 + 48),
        (103, placeholder(0, &image), 12),
    ]
}

#[test]
fn every_truncation_of_a_request_is_refused_by_its_header() {
    for (message_id, request, header) in requests() {
        assert!(answer(message_id, &request).is_ok());
        for length in 0..request.len() {
            let error = answer(message_id, &request[..length]).unwrap_err();
            assert_eq!(error.code(), Code::Header, "{message_id}, {length} bytes: {error}");
            if length > 12 && length < header {
                let text = error.to_string();
                assert!(text.contains("bytes") || text.contains("need"), "{text}");
            }
        }
    }
}

#[test]
fn a_longer_request_than_it_says_is_refused() {
    for (message_id, mut request, _) in requests() {
        request.push(0);
        refused(message_id, &request, Code::Header, &["payload_size"]);
    }
}

#[test]
fn versions_are_checked_first() {
    for (message_id, request, _) in requests() {
        for version in [0, 4, 255] {
            let says = ["version", &version.to_string()];
            refused(message_id, &changed(&request, 0, &[version]), Code::Header, &says);
            refused(message_id, &[version], Code::Header, &says);
        }
    }
}

#[test]
fn reserved_bytes_are_zero() {
    for (message_id, request, header) in requests() {
        let reserved: &[usize] = match (message_id, header) {
            (100, 24) | (101 | 103, _) => &[1, 2, 3],
            (100, 40) => &[1, 2, 3, 26, 27, 36, 37, 38, 39],
            (100, _) => &[1, 3, 26, 27, 36, 39, 52, 63],
            _ => &[1, 2, 3, 12 + 18, 12 + 19, 36 + 18, 36 + 19],
        };
        for offset in reserved {
            refused(
                message_id,
                &changed(&request, *offset, &[7]),
                Code::Header,
                &["reserved", "7"],
            );
        }
    }
}

#[test]
fn payload_size_is_what_is_there() {
    let image = png(16, 12);
    let true_size = image.len() as u32;
    for (message_id, request, _) in requests() {
        let offset = match message_id {
            100 => 20,
            101 => 4,
            _ => 8,
        };
        for claimed in [0, true_size - 1, true_size + 1, u32::MAX] {
            let request = changed(&request, offset, &claimed.to_le_bytes());
            let says = ["payload_size", &claimed.to_string(), &true_size.to_string()];
            refused(message_id, &request, Code::Header, &says);
        }
    }
}

#[test]
fn parameters_are_checked_and_named() {
    let image = png(16, 12);
    let good = ask(8, 8, WEBP);
    for (ask, says) in [
        (Ask { format: 3, ..good }, ["output_format is 3", "2 (WebP)"]),
        (Ask { format: u32::MAX, ..good }, ["output_format is 4294967295", "0 (JPEG)"]),
        (Ask { quality: 0, ..good }, ["quality is 0", "1 to 100"]),
        (Ask { quality: 101, ..good }, ["quality is 101", "1 to 100"]),
        (Ask { quality: 0, format: JPEG, ..good }, ["quality is 0", "1 to 100"]),
        (Ask { fit: 3, ..good }, ["fit is 3", "2 (stretch)"]),
        (Ask { fit: 1, width: 0, ..good }, ["cover with a box of 0 x 8", "both sides"]),
        (Ask { fit: 2, height: 0, ..good }, ["stretch with a box of 8 x 0", "both sides"]),
        (Ask { flags: 8, ..good }, ["flags is 0b00001000", "bits 0, 1 and 2"]),
        (Ask { flags: 2, format: PNG, ..good }, ["lossless is set for a PNG", "only WebP"]),
        (Ask { background: [1, 2, 3, 0], ..good }, ["1, 2, 3, 0", "255"]),
        (Ask { background: [0, 0, 0, 254], ..good }, ["0, 0, 0, 254", "255"]),
    ] {
        refused(100, &ask.v2(0, &image), Code::Parameter, &says);
        let member = set(&[good, ask], &image);
        refused(102, &member, Code::Parameter, &[says[0], says[1], "member 1"]);
    }
    assert!(answer(100, &Ask { quality: 0, format: PNG, ..good }.v1(&image)).is_ok());
}

#[test]
fn checks_come_in_the_order_that_the_interface_names() {
    let all_wrong = Ask { format: 9, quality: 0, fit: 9, flags: 255, ..ask(8, 8, JPEG) };
    let mut request = changed(&all_wrong.v2(0, b"no image"), 20, &[99]);
    refused(100, &request, Code::Parameter, &["output_format"]);
    request = changed(&request, 12, &[0]);
    refused(100, &request, Code::Parameter, &["quality"]);
    request = changed(&request, 16, &[50]);
    refused(100, &request, Code::Parameter, &["fit"]);
    request = changed(&request, 24, &[0]);
    refused(100, &request, Code::Parameter, &["flags"]);
    request = changed(&request, 25, &[0]);
    refused(100, &request, Code::Header, &["payload_size"]);
    refused(100, &changed(&request, 20, &[8]), Code::UnknownFormat, &["no image"]);
    refused(100, &changed(&request, 36, &[1]), Code::Header, &["reserved"]);
}

#[test]
fn a_set_has_1_to_32_members() {
    let image = png(16, 12);
    for count in [0, 33, u32::MAX] {
        let request = changed(&set(&[ask(8, 8, PNG)], &image), 4, &count.to_le_bytes());
        refused(102, &request, Code::Parameter, &["count", &count.to_string(), "1 to 32"]);
    }
    let reply = answer(102, &set(&[ask(8, 8, PNG); 32], &image)).unwrap();
    assert_eq!(u32_at(&reply, 4), 32);
    let claims_more = changed(&set(&[ask(8, 8, PNG)], b""), 4, &[2]);
    refused(102, &claims_more, Code::Header, &["24", "48"]);
}

#[test]
fn an_echo_has_one_byte_or_more() {
    refused(1, b"", Code::Header, &["0", "1 byte"]);
    assert_eq!(answer(1, b"x").unwrap(), b"x");
    let owned = |request: &[u8], limits| call_owned(1, request.to_vec(), &Budget::new(limits));
    assert_eq!(owned(b"x", Limits::DEFAULT).unwrap(), b"x");
    assert_eq!(owned(b"", Limits::DEFAULT), answer(1, b""));
    for limits in
        [Limits { max_reply: 2, ..Limits::DEFAULT }, Limits { max_memory: 2, ..Limits::DEFAULT }]
    {
        assert_eq!(owned(b"abc", limits), call(1, &[b"abc"], &Budget::new(limits)));
        assert!(owned(b"abc", limits).is_err());
    }
    refused(7, b"x", Code::UnknownMessage, &["7", "100"]);
}

#[test]
fn a_request_in_parts_is_the_same_request() {
    for (message_id, request, header) in requests() {
        let whole = answer(message_id, &request).unwrap();
        for at in [0, 1, 5, header - 1, header, header + 1, request.len()] {
            let (first, second) = request.split_at(at);
            let parts: [&[u8]; 4] = [&[], first, &[], second];
            let budget = Budget::new(Limits::DEFAULT);
            assert_eq!(call(message_id, &parts, &budget).unwrap(), whole, "{message_id} at {at}");
        }
    }
}

#[test]
fn images_that_are_none_say_so() {
    for (image, code, says) in [
        (&b""[..], Code::Truncated, "0 bytes"),
        (b"\xFF", Code::Truncated, "JPEG"),
        (b"\x89PNG", Code::Truncated, "PNG"),
        (b"RIFF\x10\0\0\0WEB", Code::Truncated, "WebP"),
        (b"RIFF\x10\0\0\0WAVEfmt ", Code::UnknownFormat, "WAVE"),
        (b"GIF89a", Code::Truncated, "GIF"),
        (b"#!/bin/sh\nrm", Code::UnknownFormat, "#!/bin/sh"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Code::UnknownFormat, "an SVG drawing"),
    ] {
        refused(100, &ask(8, 8, PNG).v1(image), code, &[says]);
        refused(101, &probe(image), code, &[says]);
        refused(103, &placeholder(0, image), code, &[says]);
    }
}

#[test]
fn jpegs_that_are_not_read_say_why() {
    let photo = jpeg(16, 16);
    let frame = photo.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    for (marker, says) in [(0xC3, "lossless"), (0xC5, "hierarchical"), (0xC9, "arithmetic")] {
        let image = changed(&photo, frame + 1, &[marker]);
        refused(100, &ask(8, 8, PNG).v1(&image), Code::UnknownFormat, &[says]);
    }
    for (offset, value, code, says) in [
        (4, [12, 0], Code::UnknownFormat, "12-bit samples"),
        (5, [0, 0], Code::UnknownFormat, "height is 0"),
        (7, [0, 0], Code::Corrupt, "width is 0"),
        (9, [2, 1], Code::UnknownFormat, "2 components"),
        (11, [0x51, 0], Code::Corrupt, "5 x 1"),
    ] {
        let length = if offset == 4 || offset >= 9 { 1 } else { 2 };
        let image = changed(&photo, frame + offset, &value[..length]);
        refused(100, &ask(8, 8, PNG).v1(&image), code, &[says]);
    }
}

#[test]
fn limits_name_themselves() {
    let request = ask(8, 8, PNG).v1(&png(100, 100));
    let with = |limits| call(100, &[&request], &Budget::new(limits)).unwrap_err();
    let error = with(Limits { max_pixels: 9999, ..Limits::DEFAULT });
    assert_eq!(error.code(), Code::Pixels);
    assert!(error.to_string().contains("100 x 100") && error.to_string().contains("9999"));
    let error = with(Limits { max_memory: 20_000, ..Limits::DEFAULT });
    assert!(matches!(error, Error::Memory { limit: 20_000, .. }), "{error}");
    let error = with(Limits { max_reply: 50, ..Limits::DEFAULT });
    assert!(matches!(error, Error::ReplySize { limit: 50, .. }), "{error}");
    let echo = call(1, &[&[0; 51]], &Budget::new(Limits { max_reply: 50, ..Limits::DEFAULT }));
    assert_eq!(echo.unwrap_err().code(), Code::ReplySize);
}

#[test]
fn outputs_that_their_format_cannot_hold_are_refused() {
    let image = png(64, 1);
    for (format, most) in [(JPEG, 65_535), (WEBP, 16_383)] {
        let enlarged = |side| Ask { flags: 1, fit: 2, ..ask(side, 1, format) }.v2(0, &image);
        assert!(answer(100, &enlarged(most)).is_ok());
        refused(100, &enlarged(most + 1), Code::Pixels, &[&most.to_string()]);
    }
    let endless = Ask { flags: 1, ..ask(u32::MAX, u32::MAX, PNG) }.v2(0, &image);
    refused(100, &endless, Code::Pixels, &["4294967295"]);
    let too_large = Ask { flags: 1, ..ask(i32::MAX as u32, 0, PNG) }.v2(0, &image);
    refused(100, &too_large, Code::Memory, &["bytes of working memory"]);
}

/// The tables are what the code obeys: a field set at its offset is the field that is read.
#[test]
fn the_layout_tables_are_the_layouts() {
    let offset = |layout: &Layout, name: &str| {
        layout.fields.iter().find(|field| field.name == name).unwrap().offset
    };
    let image = png(60, 40);
    for (name, request) in [
        ("ThumbnailRequestHeader", ask(9, 0, PNG).v1(&image)),
        ("ThumbnailRequestHeaderV2", ask(9, 0, PNG).v2(0, &image)),
        ("ThumbnailRequestHeaderV3", ask(9, 0, PNG).v3(Third::default(), &image)),
    ] {
        let table = layout(name);
        assert_eq!(table.size, request.len() - image.len());
        for (field, value, expected) in [
            ("version", 9_u32, "version is 9"),
            ("output_format", 9, "output_format is 9"),
            ("payload_size", 9, "payload_size is 9"),
            ("fit", 9, "fit is 9"),
            ("flags", 128, "flags is 0b10000000"),
            ("background", 9, "background is 9, 0, 0, 0"),
            ("max_pixels", 9, "limit is 9"),
            ("gravity", 11, "gravity is 11"),
            ("effort", 8, "effort is 8"),
            ("frames", 1, "frames is all for a PNG"),
            ("colour", 2, "colour is 2"),
            ("focal_x", 1, "focal_x is 1"),
            ("focal_y", 1, "focal_y is 1"),
            ("subsampling", 1, "subsampling is set for a PNG"),
            ("flags2", 2, "progressive is set for a PNG"),
            ("page", 1, "page is 1; the file has 1 (0)"),
        ] {
            if let Some(found) = table.fields.iter().find(|f| f.name == field) {
                let bytes = &value.to_le_bytes()[..found.size];
                let error = answer(100, &changed(&request, found.offset, bytes)).unwrap_err();
                assert!(error.to_string().contains(expected), "{name}: {error}");
            }
        }
        let request = changed(&request, offset(table, "target_width"), &[0]);
        let reply = answer(100, &changed(&request, offset(table, "target_height"), &[20])).unwrap();
        let response = layout("ThumbnailResponseHeader");
        assert_eq!(u32_at(&reply, offset(response, "width")), 30);
        assert_eq!(u32_at(&reply, offset(response, "height")), 20);
        assert_eq!(u32_at(&reply, offset(response, "format")), PNG);
        let size = u32_at(&reply, offset(response, "payload_size")) as usize;
        assert_eq!(size, reply.len() - response.size);
    }
    let turned = with_orientation(&jpeg(60, 40), 6);
    let reply = answer(101, &probe(&turned)).unwrap();
    let response = layout("ProbeResponse");
    assert_eq!(reply.len(), response.size);
    assert_eq!(reply[offset(response, "orientation")], 6);
    for (field, expected) in [
        ("stored_width", 60),
        ("stored_height", 40),
        ("upright_width", 40),
        ("upright_height", 60),
        ("format", JPEG),
    ] {
        assert_eq!(u32_at(&reply, offset(response, field)), expected, "{field}");
    }
    let request = changed(&placeholder(0, &turned), 4, &9_u32.to_le_bytes());
    assert!(answer(103, &request).unwrap_err().to_string().contains("limit is 9"));
    assert_eq!(offset(layout("PlaceholderRequestHeader"), "max_pixels"), 4);
    let reply = answer(103, &placeholder(0, &turned)).unwrap();
    let response = layout("PlaceholderResponseHeader");
    assert_eq!(u32_at(&reply, offset(response, "upright_width")), 40);
    assert_eq!(u32_at(&reply, offset(response, "upright_height")), 60);
    let length = usize::from(reply[offset(response, "hash_length")]);
    assert_eq!(length, reply.len() - response.size);
    let sizes = ["SetRequestHeader", "SetRecord", "SetResponseHeader", "ProbeRequestHeader"];
    assert_eq!(sizes.map(|name| layout(name).size), [12, 24, 8, 8]);
}

fn layout(name: &str) -> &'static Layout {
    Layout::named_as(name).unwrap()
}
