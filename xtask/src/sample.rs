//! The photo for whoever brings none: a lake at sunset, 12 megapixels, computed and therefore everybody's.
//!
//! It is stored as a camera held upright stores it, on its side with an EXIF orientation, so that a thumbnail
//! which ignores that is seen at once. Only arithmetic that is exact on every machine is used, so every machine
//! makes the same file.

mod noise;
mod scene;

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::project::Project;
use scene::Scene;

/// The upright picture.
const WIDTH: u16 = 4032;
const HEIGHT: u16 = 3024;

/// EXIF of one entry: tag 0x0112 (orientation), one SHORT, value 6: turn the stored picture right by 90 degrees.
const EXIF: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

/// The photo's file, made if it is not there.
pub(crate) fn sample(project: &Project) -> Result<PathBuf> {
    painted(project, "sample", WIDTH, HEIGHT)
}

/// The same of 48 megapixels, which is as large as telephones make them.
pub(crate) fn large(project: &Project) -> Result<PathBuf> {
    painted(project, "large", 2 * WIDTH, 2 * HEIGHT)
}

fn painted(project: &Project, name: &str, width: u16, height: u16) -> Result<PathBuf> {
    let folder = project.target.join("demo");
    let path = folder.join(format!("{name}.jpg"));
    if !path.is_file() {
        println!("painting a sample photo");
        fs::create_dir_all(&folder)?;
        let partial = folder.join(format!("{name}.partial"));
        fs::write(&partial, photo(width, height)?)?;
        fs::rename(&partial, &path)?;
    }
    Ok(path)
}

/// The photo as a JPEG file, by its upright dimensions.
fn photo(width: u16, height: u16) -> Result<Vec<u8>> {
    let pixels = paint(width, height)?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    // One scan for all components, as cameras write it.
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.add_exif_metadata(EXIF)?;
    encoder.encode(&pixels, height, width, ColorType::Rgb)?;
    Ok(file)
}

/// The stored pixels: the upright picture's columns are the rows, the last one first.
fn paint(width: u16, height: u16) -> Result<Vec<u8>> {
    let painters = std::thread::available_parallelism().map_or(1, usize::from);
    let columns: Vec<u16> = (0..width).rev().collect();
    let scene = &Scene::new(width, height);
    let column = |x: &u16| {
        let x = *x;
        (0..height).flat_map(move |y| scene.pixel(x, y))
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = columns
            .chunks(columns.len().div_ceil(painters))
            .map(|part| scope.spawn(move || part.iter().flat_map(column).collect::<Vec<u8>>()))
            .collect();
        let painted = parts.into_iter().map(|part| part.join());
        painted.collect::<Result<Vec<_>, _>>().map(|parts| parts.concat())
    })
    .map_err(|_| anyhow!("a painter panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_photo_is_the_same_on_every_machine() {
        let bytes = photo(160, 120).unwrap();
        let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
        assert_eq!((bytes.len(), sum), (7855, 1_088_553_315_759_342_000));
    }
}
