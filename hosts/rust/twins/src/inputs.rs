//! Requests around image files that are whole, cut off or changed.
#![allow(clippy::indexing_slicing, reason = "a test tool: it may fail where it stands")]

use thumbox_core::{MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET};

use crate::common::{Ask, Third, WEBP, ask, placeholder, probe, set};
use crate::mutations::{Random, changed, extreme};
use crate::{seeds, wrapped};

/// Sides of boxes; 0 leaves one open.
const SIDES: [u32; 8] = [8, 0, 1, 5, 16, 24, 33, 70];

/// In the first of the two bytes: what follows is a recipe for a picture with a colour profile.
const RECIPE: u8 = 0x80;

/// A request, and what it was made from.
#[derive(Clone, Debug)]
pub struct Input {
    /// One of [`seeds::FORMATS`].
    pub format: &'static str,
    /// The message.
    pub message_id: u32,
    /// The request.
    pub request: Vec<u8>,
}

/// A request for an image: two bytes say for what, and the image's bytes follow them.
///
/// | byte | bits | |
/// |---|---|---|
/// | 0 | 0-2 | 0 a probe, 1 a set of two, 2 a placeholder, else a thumbnail; 4 shows all frames of a WebP, 5 looks for what to show, 6 keeps the colour space, 7 does, and pads |
/// | 0 | 3-4 | output format, modulo 3 |
/// | 0 | 5-6 | fit, modulo 3, where the box has both sides |
/// | 0 | 7 | the image is a recipe for a picture with a colour profile |
/// | 1 | 0-2, 3-5 | the box's width and height, by their places in a table |
/// | 1 | 6 | refuse what is cut off |
/// | 1 | 7 | lossless, where the output is WebP |
#[must_use]
pub fn request(input: &[u8]) -> (u32, Vec<u8>) {
    let Some(([how, more], image)) = input.split_first_chunk() else {
        return (MSG_IMAGE_PROBE, probe(input));
    };
    let made = (how & RECIPE != 0).then(|| wrapped::picture(image));
    let image = made.as_deref().unwrap_or(image);
    let side = |at: u8| SIDES.get(usize::from(at & 7)).copied().unwrap_or_default();
    let format = u32::from(how >> 3 & 3) % 3;
    let lossless = if format == WEBP { more >> 7 << 1 } else { 0 };
    // Both sides are needed where the box is to be filled.
    let open = side(*more) == 0 || side(more >> 3) == 0;
    let first = Ask {
        fit: if open { 0 } else { (how >> 5 & 3) % 3 },
        flags: (more >> 6 & 1) << 2 | lossless,
        quality: 60,
        ..ask(side(*more), side(more >> 3), format)
    };
    match how & 7 {
        0 => (MSG_IMAGE_PROBE, probe(image)),
        1 => (MSG_THUMBNAIL_SET, set(&[first, ask(12, 12, (format + 1) % 3)], image)),
        2 => (MSG_PLACEHOLDER, placeholder(0, image)),
        4 if format == WEBP => {
            let all = Third { frames: 1, ..Third::default() };
            (MSG_THUMBNAIL_CREATE, first.v3(all, image))
        }
        5 if first.fit == 1 => {
            let attention = Third { gravity: 10, ..Third::default() };
            (MSG_THUMBNAIL_CREATE, first.v3(attention, image))
        }
        how @ (6 | 7) => {
            let fit = if how == 7 && !open { 3 } else { first.fit };
            let keep = Third { colour: 1, ..Third::default() };
            (
                MSG_THUMBNAIL_CREATE,
                Ask { fit, background: [200, 30, 90, 255], ..first }.v3(keep, image),
            )
        }
        _ => (MSG_THUMBNAIL_CREATE, first.v2(0, image)),
    }
}

/// Where inputs come from.
#[derive(Debug)]
pub struct Inputs {
    seed: u64,
    formats: Vec<(&'static str, Vec<Vec<u8>>)>,
}

impl Inputs {
    /// Changed files of some formats. The same seed and number make the same input on every machine.
    #[must_use]
    pub fn new(formats: &[&'static str], seed: u64) -> Self {
        let files = |format| seeds::seeds(format).into_iter().map(|(_, file)| file).collect();
        let formats = formats.iter().map(|format| (*format, files(format))).collect();
        Self { seed, formats }
    }

    /// An input by its number: of each format in turn.
    ///
    /// # Panics
    /// Without any format.
    #[must_use]
    pub fn changed(&self, number: u64) -> Input {
        let mut random = Random::new(self.seed, number);
        let count = self.formats.len() as u64;
        let at = usize::try_from(number % count).unwrap_or_default();
        let (format, files) = &self.formats[at];
        let file = changed(format, files, &mut random);
        let [how, more, ..] = random.next().to_le_bytes();
        Self::around(format, [how, more], &file)
    }

    /// Each file as it is, in requests of every message, format and fit.
    pub fn whole(&self) -> impl Iterator<Item = Input> {
        let hows = [
            [0, 0],
            [2, 0x24],
            [1 | 0x28, 0x24],
            [3 | 0x50, 0x80],
            [4 | 0x08, 0x64],
            [5 | 0x28, 0x22],
            [6 | 0x08, 0x24],
            [7, 0x24],
        ];
        self.files().flat_map(move |(format, file)| {
            hows.into_iter().map(move |how| Self::around(format, how, file))
        })
    }

    /// The smallest files of each format, cut off at every byte.
    pub fn cut(&self, files: usize) -> impl Iterator<Item = Input> {
        self.formats.iter().flat_map(move |(format, all)| {
            let mut all: Vec<&Vec<u8>> = all.iter().collect();
            all.sort_by_key(|file| file.len());
            all.truncate(files);
            let cut = |file: &Vec<u8>, length: usize| {
                let how = if length.is_multiple_of(4) { 0 } else { 2 };
                Self::around(format, [how, 0x24], &file[..length])
            };
            all.into_iter().flat_map(move |file| (0..file.len()).map(move |at| cut(file, at)))
        })
    }

    /// Some files of each format, with their lengths and sides where they break: every so many, so that there are all kinds.
    pub fn extreme(&self, files: usize) -> impl Iterator<Item = Input> {
        self.formats.iter().flat_map(move |(format, all)| {
            let some = all.iter().step_by(all.len().div_ceil(files).max(1));
            let changed = some.flat_map(move |file| extreme(format, file)).enumerate();
            changed.map(move |(at, file)| {
                let how = if at.is_multiple_of(4) { 0 } else { 2 };
                Self::around(format, [how, 0x24], &file)
            })
        })
    }

    fn files(&self) -> impl Iterator<Item = (&'static str, &Vec<u8>)> {
        let each = self.formats.iter();
        each.flat_map(|(format, files)| files.iter().map(move |file| (*format, file)))
    }

    fn around(format: &'static str, [how, more]: [u8; 2], file: &[u8]) -> Input {
        let how = if format == "icc" { how | RECIPE } else { how & !RECIPE };
        let (message_id, request) = request(&[&[how, more], file].concat());
        Input { format, message_id, request }
    }
}
