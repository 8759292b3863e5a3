//! Camera raw files as cameras lay them out, around JPEGs that are given.
#![allow(dead_code, reason = "each program uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

/// What is in a file.
#[derive(Clone, Copy)]
pub struct Shot<'j> {
    pub large: &'j [u8],
    pub small: &'j [u8],
    /// As EXIF has it.
    pub orientation: u16,
}

/// A file of each maker and kind, by its name.
pub fn cameras(shot: &Shot<'_>) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("dng", dng(shot, false)),
        ("dng-tiles", dng(shot, true)),
        ("nef", nef(shot)),
        ("cr2", cr2(shot)),
        ("arw", arw(shot)),
        ("pef", pef(shot)),
        ("pef-note", pef_of_note(shot)),
        ("orf", orf(shot, b"OLYMPUS\0II\x03\0", 12)),
        ("orf-om", orf(shot, b"OM SYSTEM\0\0\0II\x04\0", 16)),
        ("orf-old", old_orf(shot)),
        ("rw2", rw2(shot)),
        ("raf", raf(shot)),
        ("cr3", cr3(shot)),
    ]
}

/// An ORF with one preview, of the scene.
pub fn raw(width: u32, height: u32) -> Vec<u8> {
    let large = super::common::jpeg(width, height);
    let small = super::common::jpeg(width / 2, height / 2);
    let shot = Shot { large: &large, small: &small, orientation: 1 };
    orf(&shot, b"OLYMPUS\0II\x03\0", 12)
}

/// What an entry of a directory holds.
pub enum Value {
    Short(u16),
    Long(Vec<u32>),
    /// Of the type "undefined".
    Bytes(Vec<u8>),
}

pub fn long(value: usize) -> Value {
    Value::Long(vec![value as u32])
}

pub type Entries = Vec<(u16, Value)>;

/// A structure of directories while it is written. Offsets count from its first byte.
pub struct Tiff {
    pub bytes: Vec<u8>,
    big_endian: bool,
}

impl Tiff {
    /// `number` is what stands in place of 42.
    pub fn new(big_endian: bool, number: u16) -> Self {
        let mut tiff = Self { bytes: Vec::new(), big_endian };
        tiff.bytes.extend(if big_endian { b"MM" } else { b"II" });
        tiff.bytes.extend(tiff.short(number));
        tiff.bytes.extend([0; 4]);
        tiff
    }

    fn short(&self, value: u16) -> [u8; 2] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub fn long(&self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// Adds bytes; where they are.
    pub fn put(&mut self, bytes: &[u8]) -> usize {
        let place = self.bytes.len();
        self.bytes.extend(bytes);
        place
    }

    /// Adds a directory; where it is.
    pub fn directory(&mut self, entries: Entries) -> usize {
        let mut directory = self.short(entries.len() as u16).to_vec();
        for (tag, value) in entries {
            directory.extend(self.short(tag));
            let (kind, count, mut bytes) = match value {
                Value::Short(value) => (3, 1, self.short(value).to_vec()),
                Value::Long(values) => {
                    (4, values.len(), values.iter().flat_map(|value| self.long(*value)).collect())
                }
                Value::Bytes(bytes) => (7, bytes.len(), bytes),
            };
            directory.extend(self.short(kind));
            directory.extend(self.long(count as u32));
            if bytes.len() > 4 {
                let place = self.put(&bytes);
                bytes = self.long(place as u32).to_vec();
            }
            bytes.resize(4, 0);
            directory.extend(bytes);
        }
        directory.extend([0; 4]);
        self.put(&directory)
    }

    /// The file whose directories these are, one after the other.
    pub fn end(mut self, chain: &[usize]) -> Vec<u8> {
        let mut at = 4;
        for directory in chain {
            let place = self.long(*directory as u32);
            self.bytes[at..at + 4].copy_from_slice(&place);
            let count = [self.bytes[*directory], self.bytes[directory + 1]];
            let count =
                if self.big_endian { u16::from_be_bytes(count) } else { u16::from_le_bytes(count) };
            at = directory + 2 + 12 * usize::from(count);
        }
        self.bytes
    }
}

/// A JPEG that says that it is lossless, as raw samples are compressed.
pub fn lossless(jpeg: &[u8]) -> Vec<u8> {
    let mut jpeg = jpeg.to_vec();
    if let Some(frame) = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]) {
        jpeg[frame + 1] = 0xC3;
    }
    jpeg
}

/// A picture of one strip or tile.
fn strip(file: &mut Tiff, kind: u32, compression: u16, photometric: u16, data: &[u8]) -> Entries {
    let place = file.put(data);
    vec![
        (254, long(kind as usize)),
        (259, Value::Short(compression)),
        (262, Value::Short(photometric)),
        (273, long(place)),
        (279, long(data.len())),
    ]
}

/// What JPEG previews are named by in most files.
fn interchange(file: &mut Tiff, jpeg: &[u8]) -> Entries {
    let place = file.put(jpeg);
    vec![(259, Value::Short(6)), (513, long(place)), (514, long(jpeg.len()))]
}

/// A reduced picture of 4 x 3 pixels without compression.
fn plain(file: &mut Tiff) -> Entries {
    let mut entries = strip(file, 1, 1, 2, &[90; 36]);
    entries.splice(1..1, [(256, Value::Short(4)), (257, Value::Short(3)), (258, Value::Short(8))]);
    entries.push((277, Value::Short(3)));
    entries.push((278, Value::Short(3)));
    entries
}

/// Samples of a sensor.
fn mosaic(file: &mut Tiff, shot: &Shot<'_>) -> Entries {
    strip(file, 0, 7, 32_803, &lossless(shot.large))
}

fn dng(shot: &Shot<'_>, tiles: bool) -> Vec<u8> {
    let mut file = Tiff::new(false, 42);
    let mut below = vec![mosaic(&mut file, shot)];
    for jpeg in [shot.small, shot.large] {
        let mut preview = strip(&mut file, 1, 7, 6, jpeg);
        if tiles {
            (preview[3].0, preview[4].0) = (324, 325);
        }
        below.push(preview);
    }
    let below = below.into_iter().map(|entries| file.directory(entries) as u32).collect();
    let mut main = plain(&mut file);
    main.push((274, Value::Short(shot.orientation)));
    main.push((330, Value::Long(below)));
    main.push((50_706, Value::Bytes(vec![1, 4, 0, 0])));
    let main = file.directory(main);
    file.end(&[main])
}

fn nef(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(true, 42);
    let previews = [interchange(&mut file, shot.large), mosaic(&mut file, shot)];
    let below = previews.map(|entries| file.directory(entries) as u32);
    let mut note = Tiff::new(false, 42);
    let preview = interchange(&mut note, shot.small);
    let preview = note.directory(preview);
    let first = note.directory(vec![(0x11, long(preview))]);
    let note = [b"Nikon\0\x02\x10\0\0", note.end(&[first]).as_slice()].concat();
    let exif = file.directory(vec![(37_500, Value::Bytes(note))]);
    let mut main = plain(&mut file);
    main.push((274, Value::Short(shot.orientation)));
    main.push((330, Value::Long(below.to_vec())));
    main.push((34_665, long(exif)));
    let main = file.directory(main);
    file.end(&[main])
}

fn cr2(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(false, 42);
    file.put(b"CR\x02\0\0\0\0\0");
    let place = file.put(shot.large);
    let first = vec![
        (259, Value::Short(6)),
        (273, long(place)),
        (274, Value::Short(shot.orientation)),
        (279, long(shot.large.len())),
    ];
    let second = interchange(&mut file, shot.small);
    let third = plain(&mut file);
    let place = file.put(&lossless(shot.large));
    let last = vec![(259, Value::Short(6)), (273, long(place)), (279, long(shot.large.len()))];
    let chain = [first, second, third, last].map(|entries| file.directory(entries));
    file.end(&chain)
}

fn arw(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(false, 42);
    let samples = strip(&mut file, 0, 32_767, 32_803, b"samples");
    let below = file.directory(samples);
    let mut main = interchange(&mut file, shot.small);
    main.insert(0, (254, long(1)));
    main.push((274, Value::Short(shot.orientation)));
    main.push((330, long(below)));
    let chain = [main, interchange(&mut file, shot.large)];
    let chain = chain.map(|entries| file.directory(entries));
    file.end(&chain)
}

fn pef(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(true, 42);
    let mut main = strip(&mut file, 0, 65_535, 32_803, b"samples");
    main.push((274, Value::Short(shot.orientation)));
    let chain = [main, interchange(&mut file, shot.small), interchange(&mut file, shot.large)];
    let chain = chain.map(|entries| file.directory(entries));
    file.end(&chain)
}

fn pef_of_note(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(true, 42);
    let mut main = strip(&mut file, 0, 65_535, 32_803, b"samples");
    let place = file.put(shot.large);
    // A directory behind six bytes, its offsets from the file's start.
    let mut note = b"AOC\0MM\0\x02".to_vec();
    for (tag, value) in [(3_u16, shot.large.len()), (4, place)] {
        note.extend(tag.to_be_bytes());
        note.extend([0, 4, 0, 0, 0, 1]);
        note.extend((value as u32).to_be_bytes());
    }
    let exif = file.directory(vec![(37_500, Value::Bytes(note))]);
    main.push((274, Value::Short(shot.orientation)));
    main.push((34_665, long(exif)));
    let chain = [main, interchange(&mut file, shot.small)];
    let chain = chain.map(|entries| file.directory(entries));
    file.end(&chain)
}

/// `header` begins the maker's note, whose directory is at `first`.
fn orf(shot: &Shot<'_>, header: &[u8], first: usize) -> Vec<u8> {
    let mut file = Tiff::new(false, 0x4F52);
    let mut note = Tiff { bytes: header.to_vec(), big_endian: false };
    // The directory comes first, so that where the others are is known before they are there.
    let settings = first + 2 + 12 + 4;
    let jpeg = settings + 2 + 3 * 12 + 4;
    note.directory(vec![(0x2020, long(settings))]);
    let settings = vec![(0x100, long(1)), (0x101, long(jpeg)), (0x102, long(shot.large.len()))];
    note.directory(settings);
    note.put(shot.large);
    let exif = file.directory(vec![(37_500, Value::Bytes(note.bytes))]);
    let mut main = strip(&mut file, 0, 1, 1, b"samples");
    main.push((274, Value::Short(shot.orientation)));
    main.push((34_665, long(exif)));
    let chain = [main, interchange(&mut file, shot.small)];
    let chain = chain.map(|entries| file.directory(entries));
    file.end(&chain)
}

fn old_orf(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(true, 0x4F52);
    let place = file.put(shot.large);
    let mut note = b"OLYMP\0\x01\0\0\x02".to_vec();
    for (tag, value) in [(0x88_u16, place), (0x89, shot.large.len())] {
        note.extend(tag.to_be_bytes());
        note.extend([0, 4, 0, 0, 0, 1]);
        note.extend((value as u32).to_be_bytes());
    }
    let exif = file.directory(vec![(37_500, Value::Bytes(note))]);
    let mut main = strip(&mut file, 0, 1, 1, b"samples");
    main.push((274, Value::Short(shot.orientation)));
    main.push((34_665, long(exif)));
    let chain = [main, interchange(&mut file, shot.small)];
    let chain = chain.map(|entries| file.directory(entries));
    file.end(&chain)
}

fn rw2(shot: &Shot<'_>) -> Vec<u8> {
    let mut file = Tiff::new(false, 0x55);
    let main = vec![
        (0x2E, Value::Bytes(shot.small.to_vec())),
        (273, long(u32::MAX as usize)),
        (274, Value::Short(shot.orientation)),
        (279, long(0)),
        (0x127, Value::Bytes(shot.large.to_vec())),
    ];
    let main = file.directory(main);
    file.end(&[main])
}

/// It has one preview, which says the orientation itself.
fn raf(shot: &Shot<'_>) -> Vec<u8> {
    let mut exif = Tiff::new(false, 42);
    let main = exif.directory(vec![(274, Value::Short(shot.orientation))]);
    let exif = [b"Exif\0\0", exif.end(&[main]).as_slice()].concat();
    let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xE1];
    jpeg.extend((exif.len() as u16 + 2).to_be_bytes());
    jpeg.extend(exif);
    jpeg.extend(&shot.large[2..]);
    let mut file = b"FUJIFILMCCD-RAW 0201FF129505".to_vec();
    file.resize(84, 0);
    file.extend(148_u32.to_be_bytes());
    file.extend((jpeg.len() as u32).to_be_bytes());
    file.resize(148, 0);
    [file.as_slice(), &jpeg, b"samples"].concat()
}

/// A box.
pub fn part(kind: &[u8; 4], bodies: &[&[u8]]) -> Vec<u8> {
    let body = bodies.concat();
    [&(body.len() as u32 + 8).to_be_bytes(), kind.as_slice(), &body].concat()
}

const CANON: [u8; 16] = *b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";
const PREVIEW: [u8; 16] = *b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16";

fn cr3(shot: &Shot<'_>) -> Vec<u8> {
    let mut directory = Tiff::new(false, 42);
    let main = directory.directory(vec![(274, Value::Short(shot.orientation))]);
    let directory = directory.end(&[main]);
    let thumbnail = part(b"THMB", &[&[0; 16], shot.small]);
    let canon = part(b"uuid", &[&CANON, &part(b"CMT1", &[&directory]), &thumbnail]);
    let preview = part(b"PRVW", &[&[0; 16], shot.small]);
    let preview = part(b"uuid", &[&PREVIEW, &[0, 0, 0, 0, 0, 0, 0, 1], &preview]);
    let brands = part(b"ftyp", &[b"crx \0\0\0\x01crx isom"]);
    let track = |place: u64, length: usize| {
        let sizes = [&[0; 8][..], &1_u32.to_be_bytes(), &(length as u32).to_be_bytes()].concat();
        let places = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &place.to_be_bytes()].concat();
        let table = [part(b"stsz", &[&sizes]), part(b"co64", &[&places])].concat();
        let media = part(b"mdia", &[&part(b"minf", &[&part(b"stbl", &[&table])])]);
        part(b"trak", &[&media])
    };
    let samples = b"\xFF\x01\xFF\xD8samples";
    let moov = |place: u64| {
        let tracks =
            [track(place, shot.large.len()), track(place + shot.large.len() as u64, samples.len())];
        part(b"moov", &[&canon, &tracks.concat()])
    };
    let before = brands.len() + moov(0).len() + preview.len() + 8;
    let data = part(b"mdat", &[shot.large, samples]);
    [brands, moov(before as u64), preview, data].concat()
}
