//! The tracks of an image sequence, and where the data of their pictures lies (ISO/IEC 14496-12, section 8; ISO/IEC 23008-12,
//! section 7).

use super::shown::ALPHA;
use crate::animation::Sequence;
use crate::codec::isobmff::{Part, part, parts};
use crate::cursor::Cursor;

/// Bytes of a sample entry before its boxes (ISO/IEC 14496-12, sections 8.5.2 and 12.1.3), and where its sides stand.
const SAMPLE_ENTRY: usize = 78;
const SIDES: usize = 24;
/// In the flags of an edit list: it is repeated until the track's duration is over (ISO/IEC 23008-12, section 9.6.1).
const REPEATS: u32 = 1;

/// The pictures of a sequence, and their alpha.
pub(super) struct Tracks<'a> {
    pub(super) colour: Track<'a>,
    pub(super) alpha: Option<Track<'a>>,
}

/// Pictures that are coded by AV1.
#[derive(Clone)]
pub(super) struct Track<'a> {
    data: &'a [u8],
    id: u32,
    kind: [u8; 4],
    /// Of another track, if it is for that one.
    auxiliary_of: Option<u32>,
    is_alpha: bool,
    pub(super) size: (u32, u32),
    /// The box `av1C`: units that come before the first picture's.
    pub(super) units: &'a [u8],
    plays: u16,
    /// Ticks of a second.
    timescale: u32,
    /// The entries of `stts`, `stsz`, `stsc`, and of `stco` or `co64`.
    durations: Cursor<'a>,
    sizes: Sizes<'a>,
    runs: Cursor<'a>,
    chunks: Cursor<'a>,
    has_wide_chunks: bool,
}

/// How long samples are.
#[derive(Clone, Copy)]
enum Sizes<'a> {
    All(u32),
    Each(Cursor<'a>),
}

impl<'a> Tracks<'a> {
    /// The first track of pictures, and the one with its alpha.
    pub(super) fn find(data: &'a [u8]) -> Option<Self> {
        let movie = part(data, b"moov")?;
        let tracks = parts(movie).filter(|part| part.kind == *b"trak");
        let mut tracks = tracks.filter_map(|part| Track::read(data, part.body));
        let colour = tracks.find(|track| track.kind == *b"pict")?;
        let alpha = tracks.find(|track| {
            let belongs = track.auxiliary_of == Some(colour.id) && track.size == colour.size;
            track.kind == *b"auxv" && track.is_alpha && belongs
        });
        Some(Self { colour, alpha })
    }

    /// What is played.
    pub(super) fn sequence(&self) -> Sequence {
        let mut sequence = Sequence { frames: 0, ..Sequence::still() };
        for (_, duration_ms) in self.colour.samples() {
            sequence.frames = sequence.frames.saturating_add(1);
            sequence.duration_ms += u64::from(duration_ms);
        }
        sequence.of_animation(self.colour.plays)
    }
}

impl<'a> Track<'a> {
    fn read(data: &'a [u8], track: &'a [u8]) -> Option<Self> {
        let (id, duration) = header(part(track, b"tkhd")?)?;
        let media = part(track, b"mdia")?;
        let mut kind = Cursor::at(part(media, b"hdlr")?, 8);
        let table = part(part(media, b"minf")?, b"stbl")?;
        let entry = parts(part(table, b"stsd")?.get(8..)?).next()?;
        let entry = Some(entry.body).filter(|_| entry.kind == *b"av01")?;
        let mut sides = Cursor::at(entry, SIDES);
        let size = (sides.u16_be()?.into(), sides.u16_be()?.into());
        let boxes = entry.get(SAMPLE_ENTRY..)?;
        let name = |part: Part<'a>| part.body.get(4..).unwrap_or_default();
        let is_alpha = parts(boxes).filter(|part| part.kind == *b"auxi").map(name).any(|name| {
            ALPHA.contains(
                &name.get(..memchr::memchr(0, name).unwrap_or(name.len())).unwrap_or(name),
            )
        });
        let auxiliary_of = part(track, b"tref").and_then(|list| part(list, b"auxl"));
        let mut sizes = Cursor::at(part(table, b"stsz")?, 4);
        let sizes = match (sizes.u32_be()?, sizes.u32_be()?) {
            (0, _) => Sizes::Each(sizes),
            (size, _) => Sizes::All(size),
        };
        // The number of entries is what there is.
        let entries = |kind| part(table, kind).map(|list| Cursor::at(list, 8));
        let narrow = entries(b"stco");
        Some(Self {
            data,
            id,
            kind: kind.array()?,
            auxiliary_of: auxiliary_of.and_then(|list| Cursor::new(list).u32_be()),
            is_alpha,
            size,
            units: part(boxes, b"av1C").and_then(|units| units.get(4..)).unwrap_or_default(),
            plays: plays(track, duration).unwrap_or(0),
            timescale: timescale(part(media, b"mdhd")?)?,
            durations: entries(b"stts")?,
            sizes,
            runs: entries(b"stsc")?,
            has_wide_chunks: narrow.is_none(),
            chunks: narrow.or_else(|| entries(b"co64"))?,
        })
    }

    /// The data of each picture, and for how many milliseconds it is shown. All of them together are no longer than the file,
    /// whatever they claim.
    pub(super) fn samples(&self) -> Samples<'a> {
        Samples {
            track: self.clone(),
            left: self.data.len(),
            chunk: 0,
            offset: 0,
            in_chunk: 0,
            per_chunk: 0,
            duration: (0, 0),
        }
    }
}

/// A walk through a track.
pub(super) struct Samples<'a> {
    /// What has not been read of it.
    track: Track<'a>,
    /// Bytes that may still be read.
    left: usize,
    /// From 1.
    chunk: u32,
    /// Of the next sample.
    offset: u64,
    in_chunk: u32,
    per_chunk: u32,
    /// For how many samples, and ticks of each.
    duration: (u32, u32),
}

impl<'a> Iterator for Samples<'a> {
    type Item = (&'a [u8], u32);

    fn next(&mut self) -> Option<Self::Item> {
        while self.in_chunk == 0 {
            self.next_chunk()?;
        }
        let size = match &mut self.track.sizes {
            Sizes::All(size) => *size,
            Sizes::Each(sizes) => sizes.u32_be()?,
        };
        let start = usize::try_from(self.offset).ok()?;
        let bytes = self.track.data.get(start..)?.get(..usize::try_from(size).ok()?)?;
        self.left = self.left.checked_sub(bytes.len())?;
        self.offset += u64::from(size);
        self.in_chunk -= 1;
        Some((bytes, self.next_duration()))
    }
}

impl Samples<'_> {
    fn next_chunk(&mut self) -> Option<()> {
        let Track { chunks, runs, has_wide_chunks, .. } = &mut self.track;
        self.chunk += 1;
        self.offset = if *has_wide_chunks {
            u64::from_be_bytes(chunks.array()?)
        } else {
            chunks.u32_be()?.into()
        };
        // The first chunk of a run, samples of each of its chunks, and which sample entry they have.
        let mut next = *runs;
        if next.u32_be().is_some_and(|first| first <= self.chunk) {
            self.per_chunk = next.u32_be()?;
            next.u32_be()?;
            *runs = next;
        }
        self.in_chunk = self.per_chunk;
        Some(())
    }

    fn next_duration(&mut self) -> u32 {
        while self.duration.0 == 0 {
            let durations = &mut self.track.durations;
            let next = durations.u32_be().and_then(|count| Some((count, durations.u32_be()?)));
            self.duration = next.unwrap_or((u32::MAX, self.duration.1));
        }
        self.duration.0 -= 1;
        let scale = u64::from(self.track.timescale.max(1));
        let ms = (u64::from(self.duration.1) * 1000 + scale / 2) / scale;
        u32::try_from(ms).unwrap_or(u32::MAX)
    }
}

/// A track's number and its duration, which is all ones where it never ends (section 8.3.2).
fn header(body: &[u8]) -> Option<(u32, u64)> {
    let mut cursor = Cursor::at(body, if is_long(body) { 20 } else { 12 });
    let id = cursor.u32_be()?;
    cursor.u32_be()?;
    let duration = if is_long(body) {
        u64::from_be_bytes(cursor.array()?)
    } else {
        match cursor.u32_be()? {
            u32::MAX => u64::MAX,
            duration => duration.into(),
        }
    };
    Some((id, duration))
}

/// Section 8.4.2.
fn timescale(body: &[u8]) -> Option<u32> {
    Cursor::at(body, if is_long(body) { 20 } else { 12 }).u32_be()
}

/// Whether times have 64 bits.
fn is_long(body: &[u8]) -> bool {
    body.first() == Some(&1)
}

/// How often a track is played, 0 for ever; `None` where that is not said.
fn plays(track: &[u8], duration: u64) -> Option<u16> {
    let list = part(part(track, b"edts")?, b"elst")?;
    let mut cursor = Cursor::new(list);
    let flags = cursor.u32_be()?;
    cursor.u32_be()?;
    let segment =
        if is_long(list) { u64::from_be_bytes(cursor.array()?) } else { cursor.u32_be()?.into() };
    Some(match (flags & REPEATS, duration) {
        (0, _) => 1,
        (_, u64::MAX) => 0,
        (_, duration) => {
            u16::try_from(duration.div_ceil(segment.max(1))).unwrap_or(u16::MAX).max(1)
        }
    })
}
