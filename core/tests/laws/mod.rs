//! What holds of every input, whoever made it: the bodies of the fuzz targets, which a test replays too.
#![allow(dead_code, reason = "each fuzz target uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its inputs are short"
)]

mod encoding;
mod wire;

pub use encoding::encoding;
use thumbox_core::testing::jpeg_at;
use thumbox_core::{Budget, Code, Error, Limits, call, call_owned};
use wire::{ECHO, PLACEHOLDER, PROBE, Probe, SET, THUMBNAIL, Target, Thumbnail};

/// Small, so that every input is quick; large enough for every seed. WebP is charged some 20 MiB before its pixels.
pub const LIMITS: Limits =
    Limits { max_pixels: 1 << 18, max_memory: 32 << 20, max_reply: 256 << 10, ..Limits::DEFAULT };

/// For the JPEG decoder by itself, which knows no limit on pixels.
const JPEG_LIMITS: Limits = Limits { max_memory: 3 << 20, ..LIMITS };

/// The codes of errors that a request, an image or a limit can lead to.
const CODES: &[Code] = &[
    Code::UnknownMessage,
    Code::Header,
    Code::Parameter,
    Code::UnknownFormat,
    Code::Corrupt,
    Code::Truncated,
    Code::FormatNotInBuild,
    Code::Pixels,
    Code::Memory,
    Code::ReplySize,
    Code::Work,
    Code::Frames,
];

/// Probes an image file, and makes of it a thumbnail in each format, in each fit, a set, and a placeholder; each twice.
///
/// # Panics
/// Where a law is broken.
pub fn image(data: &[u8]) {
    let _ = twice(PROBE, &wire::probe_header(data.len()), data);
    let inside = Target {
        width: 24,
        height: 16,
        format: 0,
        fit: 0,
        flags: 0,
        gravity: 0,
        frames: 0,
        colour: 0,
    };
    let targets = [
        inside,
        Target { format: 1, ..inside },
        Target { format: 2, ..inside },
        Target { width: 7, height: 9, format: 2, fit: 1, flags: 2, ..inside },
        Target { width: 9, height: 5, format: 1, fit: 2, flags: 4, ..inside },
        Target { width: 9, height: 3, fit: 1, gravity: 10, ..inside },
        Target { format: 1, fit: 3, colour: 1, ..inside },
        Target { format: 2, frames: 1, ..inside },
    ];
    let answers = targets.map(|target| twice(THUMBNAIL, &target.header(data.len()), data));
    let set = twice(SET, &wire::set_header(&targets[1..2], data.len()), data);
    if let (Ok(single), Ok(set)) = (&answers[1], &set) {
        let [single, set] = [(THUMBNAIL, single), (SET, set)]
            .map(|(message, reply)| Thumbnail::of_reply(message, reply)[0].file);
        assert!(single == set, "a set of one is another picture than its thumbnail");
    }
    let _ = twice(SET, &wire::set_header(&targets[..4], data.len()), data);
    let _ = twice(PLACEHOLDER, &wire::placeholder_header(data.len()), data);
}

/// A recipe for a picture with a colour profile.
///
/// # Panics
/// Where a law is broken.
pub fn profile(recipe: &[u8]) {
    image(&super::wrapped::picture(recipe));
}

/// Makes a call of a header and an image, in one part and in two, and holds it to all that holds of answers.
fn twice(message: u32, header: &[u8], image: &[u8]) -> Result<Vec<u8>, Error> {
    let request = [header, image].concat();
    let answer = within(LIMITS, |budget| call(message, &[&request], budget));
    let again = within(LIMITS, |budget| call(message, &[header, image], budget));
    assert_eq!(answer, again, "the same request twice");
    answered(message, &request, &answer);
    answer
}

/// Decodes `data` as a JPEG at every scale, and does with it what is done with every image.
///
/// # Panics
/// Where a law is broken.
pub fn jpeg(data: &[u8]) {
    let probe = probed(data);
    // `jpeg_at` is not asked for what no call takes for a JPEG.
    let scales: &[u32] = if data.starts_with(&[0xFF, 0xD8, 0xFF]) { &[8, 4, 3, 2, 1] } else { &[] };
    let mut channels = None;
    for &size in scales {
        let Ok((width, height, samples)) =
            within(JPEG_LIMITS, |budget| jpeg_at(data, size, budget))
        else {
            continue;
        };
        let Some(Probe { stored: (w, h), format: 0, .. }) = probe else {
            panic!("decoded at {size}/8, but the probe says {probe:?}");
        };
        let expected = ((w * size).div_ceil(8), (h * size).div_ceil(8));
        assert_eq!((width, height), expected, "{size}/8 of {w} x {h}");
        let pixels = width as usize * height as usize;
        let found = samples.len() / pixels;
        assert!(found * pixels == samples.len() && matches!(found, 1 | 3 | 4), "{size}/8: {found}");
        assert_eq!(found, *channels.get_or_insert(found), "channels at {size}/8");
    }
    image(data);
}

/// Answers a request. The first byte of `data` says how, the rest is the request.
///
/// Its lowest 3 bits choose the message. Unless its highest bit is set, the request's payload size is made true
/// first: otherwise nearly every change of a length would go no further than that.
///
/// # Panics
/// Where a law is broken.
pub fn request(data: &[u8]) {
    let Some((how, request)) = data.split_first() else { return };
    let message = match how & 7 {
        0..=2 => THUMBNAIL,
        3 | 4 => SET,
        5 => PROBE,
        6 => ECHO,
        // A number that none of those above has; 103 is a placeholder's.
        _ => u32::from(*how),
    };
    let mut request = request.to_vec();
    if let Some((header, field)) = wire::header(message, &request) {
        if how & 0x80 == 0 {
            let size = (request.len() - header) as u32;
            request[field..field + 4].copy_from_slice(&size.to_le_bytes());
        }
        // Enlarging takes as long as whoever asks for it wants.
        let (targets, _) = Target::of_request(message, &request);
        if targets.iter().any(|target| target.flags & 1 != 0 && target.width | target.height > 255)
        {
            return;
        }
    }
    let answer = within(LIMITS, |budget| call(message, &[&request], budget));
    let again = within(LIMITS, |budget| call_owned(message, request.clone(), budget));
    assert_eq!(answer, again, "the same request twice");
    answered(message, &request, &answer);
}

/// Holds an answer to what its request asks for and to what a probe of its image says.
///
/// # Panics
/// Where it differs.
pub fn answered(message: u32, request: &[u8], answer: &Result<Vec<u8>, Error>) {
    let Ok(reply) = answer else { return };
    match message {
        ECHO => assert_eq!(reply, request),
        PROBE => Probe::parse(reply).check(),
        THUMBNAIL | SET => {
            let (targets, image) = Target::of_request(message, request);
            let probe = probed(image).unwrap();
            let thumbnails = Thumbnail::of_reply(message, reply);
            assert_eq!(thumbnails.len(), targets.len());
            for (thumbnail, target) in thumbnails.iter().zip(&targets) {
                made(thumbnail, target, &probe);
            }
        }
        PLACEHOLDER => {
            let size = wire::placeholder_size(reply);
            assert_eq!(size, probed(&request[12..]).unwrap().upright);
        }
        other => panic!("a reply to message {other}"),
    }
}

/// Holds a thumbnail to what was asked for and to what it says of itself.
fn made(thumbnail: &Thumbnail<'_>, target: &Target, source: &Probe) {
    let size = (thumbnail.width, thumbnail.height);
    assert_eq!(thumbnail.format, target.format);
    let file = probed(thumbnail.file).unwrap();
    file.check();
    assert_eq!((file.format, file.stored, file.upright), (target.format, size, size));
    if let Some(expected) = target.inside(source.upright) {
        assert_eq!(size, expected, "{target:?} of {source:?}");
    } else {
        let fits = |side: u32, bound: u32| bound == 0 || side <= bound;
        assert!(fits(size.0, target.width) && fits(size.1, target.height), "{size:?} {target:?}");
    }
}

fn probed(image: &[u8]) -> Option<Probe> {
    let header = wire::probe_header(image.len());
    let reply = within(LIMITS, |budget| call(PROBE, &[&header, image], budget)).ok()?;
    let probe = Probe::parse(&reply);
    probe.check();
    Some(probe)
}

/// Holds a step to its budget, and its error, where there is one, to the codes of a request, an image or a limit.
///
/// # Errors
/// The step's own.
///
/// # Panics
/// Where it is not held.
pub fn within<T>(
    limits: Limits,
    step: impl FnOnce(&Budget) -> Result<T, Error>,
) -> Result<T, Error> {
    let budget = Budget::new(limits);
    let result = step(&budget);
    assert!(budget.peak() <= limits.max_memory);
    assert_eq!(budget.left(), limits.max_memory, "a charge was not given back");
    if let Err(error) = &result {
        assert!(!error.to_string().is_empty());
        assert!(CODES.contains(&error.code()), "{error:?}");
    }
    result
}
