//! What holds of every picture that is written, held by decoders that are not ours, too.

use std::collections::HashSet;

use image::RgbaImage;
use thumbox_core::protocol::{OutputFormat, Progressive, Subsampling, Target};
use thumbox_core::testing::encode;
use thumbox_core::{Budget, Error, call};

use super::wire::{self, THUMBNAIL, Thumbnail};
use super::{LIMITS, probed, within};

/// A picture and how it is to be written: the format, the quality, the effort, flags, the two sides, the samples of a pixel,
/// and then samples, which are repeated.
///
/// # Panics
/// Where a law is broken.
pub fn encoding(recipe: &[u8]) {
    let [format, quality, effort, flags, width, height, count, samples @ ..] = recipe else {
        return;
    };
    let target = Target {
        format: [OutputFormat::Jpeg, OutputFormat::Png, OutputFormat::WebP]
            [usize::from(format % 3)],
        quality: 1 + quality % 100,
        effort: effort % 7,
        lossless: format % 3 == 2 && flags & 1 != 0,
        subsampling: [Subsampling::ByQuality, Subsampling::Quarter, Subsampling::Full]
            [usize::from(flags >> 1 & 3) % 3],
        progressive: [Progressive::IfSmaller, Progressive::Always, Progressive::Never]
            [usize::from(flags >> 3 & 3) % 3],
        palette: flags & 32 != 0,
        ..Target::default()
    };
    let (width, height) = (1 + u32::from(width % 80), 1 + u32::from(height % 80));
    let channels = match target.format {
        // What is transparent has its background already.
        OutputFormat::Jpeg => [1, 3][usize::from(count % 2)],
        _ => 1 + usize::from(count % 4),
    };
    let length = (width * height) as usize * channels;
    let samples = if samples.is_empty() { &[0] } else { samples };
    // Rows are not alike.
    let row = |at: usize| (at / (width as usize * channels)) as u8;
    let samples: Vec<u8> = (0..length)
        .map(|at| samples[at % samples.len()].wrapping_add(row(at) * (flags >> 6)))
        .collect();
    let write = |budget: &Budget| encode(width, height, &samples, &target, budget);
    let written = within(LIMITS, write);
    assert_eq!(written, within(LIMITS, write), "the same picture twice");
    let Ok(file) = written else { return };
    let probe = probed(&file).unwrap();
    assert_eq!((probe.format, probe.stored), (target.format as u32, (width, height)));
    let (ours, theirs) = (ours(&file).unwrap(), theirs(&file));
    let source = rgba(&samples, channels, width, height);
    let few = || source.pixels().collect::<HashSet<_>>().len() <= 256;
    match target.format {
        OutputFormat::Jpeg => {
            // Transforms round apart, and chroma that is widened much more so.
            let whole = channels == 1 || target.subsampling == Subsampling::Full;
            let apart = difference(&ours, &theirs);
            assert!(!whole || apart < 2.0, "{target:?}: the decoders are {apart} apart");
        }
        OutputFormat::Png if target.palette && !few() => assert!(ours == theirs, "{target:?}"),
        OutputFormat::WebP if !target.lossless => {
            assert!(ours == theirs, "{target:?}");
            let alpha = |picture: &RgbaImage| picture.pixels().map(|p| p.0[3]).collect::<Vec<_>>();
            assert_eq!(alpha(&ours), alpha(&source), "{target:?}");
        }
        _ => assert!(ours == source && theirs == source, "{target:?}"),
    }
}

/// All pixels, by a thumbnail as large as the picture.
fn ours(file: &[u8]) -> Result<RgbaImage, Error> {
    let header = wire::Target {
        width: 80,
        height: 80,
        format: 1,
        fit: 0,
        flags: 4,
        gravity: 0,
        frames: 0,
        colour: 0,
    }
    .header(file.len());
    let reply = within(LIMITS, |budget| call(THUMBNAIL, &[&header, file], budget))?;
    Ok(theirs(Thumbnail::of_reply(THUMBNAIL, &reply)[0].file))
}

fn theirs(file: &[u8]) -> RgbaImage {
    image::load_from_memory(file).unwrap().into_rgba8()
}

fn rgba(samples: &[u8], channels: usize, width: u32, height: u32) -> RgbaImage {
    let pixels = samples.chunks(channels).flat_map(|pixel| match *pixel {
        [v] => [v, v, v, 255],
        [v, alpha] => [v, v, v, alpha],
        [r, g, b] => [r, g, b, 255],
        [r, g, b, alpha] => [r, g, b, alpha],
        _ => unreachable!(),
    });
    RgbaImage::from_raw(width, height, pixels.collect()).unwrap()
}

/// The root of the mean square of the differences.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    (sum as f64 / a.len() as f64).sqrt()
}
