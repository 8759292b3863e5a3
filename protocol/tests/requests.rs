//! Requests as they are written and read: every field comes back, and every check refuses what lies beside what is allowed.
#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

use thumbox_protocol::{
    Error, Fit, Format, Formats, OutputFormat, Parts, PlaceholderRequest, ProbeRequest, Result,
    SetRequest, Subsampling, Target, TargetFields, ThumbnailRequest,
};

const FULL: TargetFields = TargetFields {
    width: 70,
    height: 80,
    format: 2,
    quality: 90,
    fit: 2,
    flags: 0b111,
    background: [1, 2, 3, 255],
    ..TargetFields::DEFAULT
};

const IMAGE: &[u8] = &[9; 5];

fn thumbnail(header: &[u8]) -> Result<ThumbnailRequest> {
    ThumbnailRequest::parse(&mut Parts::new(&[header, IMAGE]))
}

fn probe(header: &[u8]) -> Result<ProbeRequest> {
    ProbeRequest::parse(&mut Parts::new(&[header, IMAGE]))
}

fn placeholder(header: &[u8]) -> Result<PlaceholderRequest> {
    PlaceholderRequest::parse(&mut Parts::new(&[header, IMAGE]))
}

fn set(header: &[u8]) -> Result<SetRequest> {
    SetRequest::parse(&mut Parts::new(&[header, IMAGE]))
}

/// The name of the field that an error is about, and its code.
fn refused(error: Error) -> (&'static str, u32) {
    let code = error.code().number();
    match error {
        Error::Header { field, .. } | Error::Parameter { field, .. } => (field, code),
        Error::Member { source, .. } => refused(*source),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_written_is_read() {
    for (fields, max_pixels, length) in [
        (TargetFields::DEFAULT, 0, 24),
        (
            TargetFields { width: 3, height: 4, format: 1, quality: 7, ..TargetFields::DEFAULT },
            0,
            24,
        ),
        (FULL, 77, 40),
        // Each field that version 1 does not have.
        (TargetFields { fit: 1, width: 1, height: 1, ..TargetFields::DEFAULT }, 0, 40),
        (TargetFields { flags: 1, ..TargetFields::DEFAULT }, 0, 40),
        (TargetFields { background: [0, 0, 0, 255], ..TargetFields::DEFAULT }, 0, 40),
        (TargetFields::DEFAULT, 1, 40),
        // Each field that version 2 does not have.
        (TargetFields { effort: 7, ..FULL }, 77, 64),
        (TargetFields { subsampling: 1, ..TargetFields::DEFAULT }, 0, 64),
        (TargetFields { flags2: 4, ..TargetFields::DEFAULT }, 0, 64),
        (TargetFields { colour: 1, ..TargetFields::DEFAULT }, 0, 64),
        (TargetFields { fit: 3, ..FULL }, 0, 64),
        (TargetFields { fit: 1, gravity: 9, focal: [7, 8], ..FULL }, 0, 64),
    ] {
        let header = ThumbnailRequest::header(&fields, max_pixels, 5);
        assert_eq!(header.len(), length, "{fields:?}");
        assert_eq!(header[0], [1, 2, 3][[24, 40, 64].iter().position(|n| *n == length).unwrap()]);
        let target = fields.check().unwrap();
        assert_eq!(thumbnail(&header).unwrap(), ThumbnailRequest { target, max_pixels });
    }
    assert_eq!(ProbeRequest::header(5), [2, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(probe(&ProbeRequest::header(5)).unwrap(), ProbeRequest { version: 2 });
    assert_eq!(probe(&[1, 0, 0, 0, 5, 0, 0, 0]).unwrap(), ProbeRequest { version: 1 });
    let header = PlaceholderRequest::header(770, 5);
    assert_eq!(header, [1, 0, 0, 0, 2, 3, 0, 0, 5, 0, 0, 0]);
    assert_eq!(placeholder(&header).unwrap(), PlaceholderRequest { max_pixels: 770 });
    for (count, effort, max_pixels) in [(1, 0, 0), (2, 0, 0), (32, 0, 0), (1, 3, 0), (32, 0, 9)] {
        let all: Vec<TargetFields> =
            (0..count).map(|width| TargetFields { width, effort, ..FULL }).map(fixed).collect();
        let targets: Vec<Target> = all.iter().map(|fields| fields.check().unwrap()).collect();
        let header = SetRequest::header(&all, max_pixels, 5);
        let (first, each) = if effort + max_pixels as u8 == 0 { (12, 24) } else { (24, 44) };
        assert_eq!(header.len(), first + each * count as usize);
        assert_eq!(set(&header).unwrap(), SetRequest { targets, max_pixels });
    }
}

/// With a box that stretching can fill.
const fn fixed(fields: TargetFields) -> TargetFields {
    TargetFields { width: fields.width + 1, ..fields }
}

#[test]
fn every_byte_that_frames_a_request_is_looked_at() {
    let first = ThumbnailRequest::header(&TargetFields::DEFAULT, 0, 5);
    let second = ThumbnailRequest::header(&FULL, 0, 5);
    let third = ThumbnailRequest::header(&TargetFields { effort: 2, ..FULL }, 0, 5);
    let sets = SetRequest::header(&[FULL, FULL], 0, 5);
    let second_sets = SetRequest::header(&[FULL, FULL], 1, 5);
    type Parse = fn(&[u8]) -> Result<()>;
    let thumbnail: Parse = |header| thumbnail(header).map(drop);
    let probe: Parse = |header| probe(header).map(drop);
    let set: Parse = |header| set(header).map(drop);
    let placeholder: Parse = |header| placeholder(header).map(drop);
    let probed = ProbeRequest::header(5);
    let placed = PlaceholderRequest::header(0, 5);
    for (header, parse, at, value, field) in [
        (&first, thumbnail, 0, 0, "version"),
        (&first, thumbnail, 0, 4, "version"),
        (&first, thumbnail, 1, 1, "a reserved byte"),
        (&first, thumbnail, 3, 1, "a reserved byte"),
        (&first, thumbnail, 20, 4, "payload_size"),
        (&first, thumbnail, 20, 6, "payload_size"),
        (&first, thumbnail, 23, 1, "payload_size"),
        (&second, thumbnail, 1, 255, "a reserved byte"),
        (&second, thumbnail, 26, 1, "a reserved byte"),
        (&second, thumbnail, 27, 1, "a reserved byte"),
        (&second, thumbnail, 36, 1, "a reserved byte"),
        (&second, thumbnail, 39, 1, "a reserved byte"),
        (&second, thumbnail, 20, 4, "payload_size"),
        (&third, thumbnail, 36, 1, "a reserved byte"),
        (&third, thumbnail, 52, 1, "a reserved byte"),
        (&third, thumbnail, 63, 1, "a reserved byte"),
        (&third, thumbnail, 20, 4, "payload_size"),
        (&second, thumbnail, 24, 3, "fit"),
        (&third, thumbnail, 24, 4, "fit"),
        (&third, thumbnail, 40, 1, "position"),
        (&third, thumbnail, 40, 11, "gravity"),
        (&third, thumbnail, 41, 8, "effort"),
        (&third, thumbnail, 43, 2, "colour"),
        (&third, thumbnail, 44, 1, "focal_x"),
        (&third, thumbnail, 47, 1, "focal_y"),
        (&third, thumbnail, 48, 3, "subsampling"),
        (&third, thumbnail, 49, 8, "flags2"),
        (&third, thumbnail, 42, 2, "frames"),
        (&probed, probe, 0, 3, "version"),
        (&probed, probe, 3, 1, "a reserved byte"),
        (&probed, probe, 4, 4, "payload_size"),
        (&placed, placeholder, 0, 2, "version"),
        (&placed, placeholder, 1, 1, "a reserved byte"),
        (&placed, placeholder, 3, 1, "a reserved byte"),
        (&placed, placeholder, 8, 4, "payload_size"),
        (&sets, set, 0, 3, "version"),
        (&sets, set, 2, 1, "a reserved byte"),
        (&sets, set, 4, 0, "count"),
        (&sets, set, 4, 33, "count"),
        (&sets, set, 4, 1, "payload_size"),
        (&sets, set, 4, 3, "length of the records"),
        (&sets, set, 8, 6, "payload_size"),
        (&sets, set, 12 + 18, 1, "a reserved byte"),
        (&sets, set, 36 + 19, 1, "a reserved byte"),
        (&second_sets, set, 4, 33, "count"),
        (&second_sets, set, 4, 3, "length of the records"),
        (&second_sets, set, 18, 2, "frames"),
        (&second_sets, set, 19, 2, "colour"),
        (&second_sets, set, 23, 1, "a reserved byte"),
        (&second_sets, set, 24 + 18, 1, "a reserved byte"),
        (&second_sets, set, 24 + 24, 1, "position"),
        (&second_sets, set, 24 + 26, 1, "frames"),
        (&second_sets, set, 24 + 27, 1, "colour"),
        (&second_sets, set, 24 + 27, 2, "colour"),
        (&second_sets, set, 24 + 35, 1, "page"),
        (&sets, set, 12 + 16, 3, "fit"),
        (&second_sets, set, 68 + 43, 1, "a reserved byte"),
    ] {
        assert_eq!(parse(header), Ok(()));
        let mut wrong = header.clone();
        wrong[at] = value;
        let of_header = ["version", "a reserved byte", "payload_size", "length of the records"];
        let code = if of_header.contains(&field) { 100 } else { 101 };
        assert_eq!(refused(parse(&wrong).unwrap_err()), (field, code), "byte {at}");
    }
    // The image is no part of a header.
    for (header, parse) in
        [(&first, thumbnail), (&second, thumbnail), (&probed, probe), (&placed, placeholder)]
    {
        assert_eq!(refused(parse(&header[..header.len() - 6]).unwrap_err()), ("length", 100));
    }
    let nothing = ProbeRequest::parse(&mut Parts::new(&[])).unwrap_err();
    assert_eq!(refused(nothing), ("length", 100));
}

#[test]
fn a_set_has_all_its_records_before_one_is_read() {
    for (count, effort, needed) in [(1, 0, 24), (3, 0, 72), (3, 1, 132)] {
        let all = vec![TargetFields { effort, ..FULL }; count];
        let mut header = SetRequest::header(&all, 0, 0);
        let read = SetRequest::parse(&mut Parts::new(&[&header])).unwrap();
        assert_eq!(read.targets.len(), count);
        // The first record is wrong, but the last one is cut off.
        let start = header.len() - needed;
        header[start + 18] = 1;
        let cut = &header[..header.len() - 1];
        let error = SetRequest::parse(&mut Parts::new(&[cut])).unwrap_err();
        assert_eq!(refused(error.clone()), ("length of the records", 100));
        let text = error.to_string();
        assert!(text.contains(&format!("{count} records of {} bytes", needed / count)), "{text}");
        assert!(text.contains(&format!("need {needed}")), "{text}");
    }
}

#[test]
fn every_parameter_has_its_range() {
    for (fields, field) in [
        (TargetFields { format: 3, ..FULL }, "output_format"),
        (TargetFields { quality: 0, ..FULL }, "quality"),
        (TargetFields { quality: 101, ..FULL }, "quality"),
        (TargetFields { quality: 256 + 90, ..FULL }, "quality"),
        (TargetFields { fit: 4, ..FULL }, "fit"),
        (TargetFields { width: 0, ..FULL }, "fit"),
        (TargetFields { fit: 1, height: 0, ..FULL }, "fit"),
        (TargetFields { flags: 8, ..FULL }, "flags"),
        (TargetFields { flags: 0x80, ..FULL }, "flags"),
        (TargetFields { format: 0, ..FULL }, "lossless"),
        (TargetFields { background: [0, 0, 0, 1], ..FULL }, "background"),
        (TargetFields { background: [1, 0, 0, 0], ..FULL }, "background"),
        (TargetFields { background: [1, 2, 3, 254], ..FULL }, "background"),
        (TargetFields { effort: 8, ..FULL }, "effort"),
        (TargetFields { subsampling: 1, ..FULL }, "subsampling"),
        (TargetFields { flags2: 1, ..FULL }, "palette"),
        (TargetFields { flags2: 2, ..FULL }, "progressive"),
    ] {
        let header = ThumbnailRequest::header(&fields, 1, 5);
        assert_eq!(refused(thumbnail(&header).unwrap_err()), (field, 101), "{fields:?}");
        let error = set(&SetRequest::header(&[FULL, fields], 0, 5)).unwrap_err();
        assert!(matches!(&error, Error::Member { index: 1, .. }), "{error}");
        assert_eq!(refused(error), (field, 101));
    }
    for quality in [1, 100] {
        let fields = TargetFields { quality, ..FULL };
        assert_eq!(u32::from(fields.check().unwrap().quality), quality);
    }
    // Each flag by itself, and a quality that PNG ignores.
    let flags = |flags| TargetFields { flags, ..FULL }.check().unwrap();
    let said = |target: Target| [target.enlarge, target.lossless, target.refuse_truncated];
    assert_eq!(said(flags(1)), [true, false, false]);
    assert_eq!(said(flags(2)), [false, true, false]);
    assert_eq!(said(flags(4)), [false, false, true]);
    let png = TargetFields { format: 1, quality: 0, flags: 0, ..FULL };
    assert_eq!(png.check().unwrap().quality, 100);
}

#[test]
fn names_are_those_of_the_field() {
    assert_eq!(OutputFormat::ALL.map(OutputFormat::name), ["jpeg", "png", "webp"]);
    assert_eq!(OutputFormat::ALL.map(|format| format.to_string()), ["JPEG", "PNG", "WebP"]);
    assert_eq!(Fit::ALL.map(Fit::name), ["inside", "cover", "stretch", "contain"]);
    assert_eq!(Subsampling::ALL.map(Subsampling::name), ["auto", "4:2:0", "4:4:4"]);
    let two = Formats::from_iter([Format::Png, Format::Tiff]);
    for format in Format::ALL {
        assert_eq!(two.contains(format), matches!(format, Format::Png | Format::Tiff), "{format}");
    }
    // Twice is once.
    assert_eq!(two, Formats::from_iter([Format::Tiff, Format::Png, Format::Png]));
}
