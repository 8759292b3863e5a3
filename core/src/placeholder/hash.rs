//! ThumbHash (Evan Wallace, <https://evanw.github.io/thumbhash/>): a picture in 17 to 25 bytes.
//!
//! Lightness, two differences of colours, and alpha where something is transparent, become the lowest frequencies of their
//! cosine transform. They are written in this order, each number with its lowest bit first:
//!
//! | bits | what |
//! |---|---|
//! | 6, 6, 6 | the means of lightness, of yellow - blue, and of red - green |
//! | 5 | the largest frequency of lightness |
//! | 1 | whether there is alpha |
//! | 3 | how many frequencies of lightness the shorter side has |
//! | 6, 6 | the largest frequencies of yellow - blue, and of red - green |
//! | 1 | whether the picture is wider than high |
//! | 4, 4 | with alpha: its mean, and its largest frequency |
//! | 4 each | the frequencies of all channels, as parts of their largest |
//!
//! The arithmetic is the reference implementation's, operation by operation in f64. So the bytes are the reference's, even
//! those of a flat picture, whose frequencies are what rounding leaves.

use super::channel::{Channel, Cosines, Frequencies, MOST, SIDE};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture, rgba};

/// Frequencies along the longer side with alpha: of lightness, and of alpha itself.
const WITH_ALPHA: usize = 5;
/// Frequencies along both sides of a difference of colours, and of lightness along any side at the least.
const LEAST: usize = 3;
/// Bytes at the most.
const LENGTH: usize = 25;

/// A ThumbHash, with the average that it is made over.
#[derive(Debug)]
pub(crate) struct Hash {
    bytes: [u8; LENGTH],
    /// How many bits of them are written.
    bits: usize,
    /// Whether the picture is transparent somewhere.
    pub(crate) has_alpha: bool,
    /// The average colour of what is opaque: each pixel counts by its alpha. Zeros where nothing is.
    pub(crate) average: [u8; 3],
}

impl Hash {
    /// The hash of a picture that fits the box.
    ///
    /// # Errors
    /// Only a bug's, for one that does not.
    pub(super) fn of(picture: &Picture<'_>) -> Result<Self> {
        let &Picture { width, height, layout, ref pixels, .. } = picture;
        let (columns, rows) = (width as usize, height as usize);
        if !(1..=SIDE).contains(&columns) || !(1..=SIDE).contains(&rows) {
            return Err(Error::Bug(format!("a placeholder of {width} x {height} pixels")));
        }
        let average = Average::of(pixels, layout);
        let longest = if average.has_alpha { WITH_ALPHA } else { MOST };
        let (across, down) = (along(longest, columns, rows), along(longest, rows, columns));
        let mut channels = [
            Channel::new(across.max(LEAST), down.max(LEAST)),
            Channel::new(LEAST, LEAST),
            Channel::new(LEAST, LEAST),
            Channel::new(WITH_ALPHA, WITH_ALPHA),
        ];
        let count = if average.has_alpha { 4 } else { 3 };
        let channels = channels.get_mut(..count).unwrap_or_default();
        let (horizontal, vertical) = (Cosines::new(width), Cosines::new(height));
        let mut values = [[0.0; SIDE]; 4];
        for (y, row) in pixels.chunks_exact(picture.stride()).enumerate() {
            average.channels(row, layout, &mut values);
            for (channel, values) in channels.iter_mut().zip(&values) {
                let values = values.get(..columns).unwrap_or_default();
                channel.add(values, &horizontal, vertical.at(y));
            }
        }
        let area = f64::from(width) * f64::from(height);
        let channels: Vec<_> = channels.iter().map(|channel| channel.frequencies(area)).collect();
        Ok(Self::written(&channels, &average, across.min(down), width > height))
    }

    fn written(
        channels: &[Frequencies],
        average: &Average,
        shorter: usize,
        is_landscape: bool,
    ) -> Self {
        let Average { has_alpha, rounded, .. } = *average;
        let mut hash = Self { bytes: [0; LENGTH], bits: 0, has_alpha, average: rounded };
        let [light, yellow, red, alpha @ ..] = channels else { return hash };
        hash.push(6, nearest(63.0 * light.mean));
        hash.push(6, nearest(31.5 + 31.5 * yellow.mean));
        hash.push(6, nearest(31.5 + 31.5 * red.mean));
        hash.push(5, nearest(31.0 * light.largest));
        hash.push(1, has_alpha.into());
        hash.push(3, u8::try_from(shorter).unwrap_or(0));
        hash.push(6, nearest(63.0 * yellow.largest));
        hash.push(6, nearest(63.0 * red.largest));
        hash.push(1, is_landscape.into());
        for alpha in alpha {
            hash.push(4, nearest(15.0 * alpha.mean));
            hash.push(4, nearest(15.0 * alpha.largest));
        }
        for Frequencies { largest, others, .. } in channels {
            for other in others {
                // Zeros where nothing varies at all.
                let part = if *largest > 0.0 { 0.5 + 0.5 / largest * other } else { 0.0 };
                hash.push(4, nearest(15.0 * part));
            }
        }
        hash
    }

    /// Writes a number of some bits behind what is written.
    fn push(&mut self, bits: usize, number: u8) {
        for bit in 0..bits {
            if let Some(byte) = self.bytes.get_mut(self.bits / 8) {
                *byte |= (number >> bit & 1) << (self.bits % 8);
            }
            self.bits += 1;
        }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.bits.div_ceil(8)).unwrap_or_default()
    }
}

/// Frequencies of lightness along a side, where the longer side has `longest`.
fn along(longest: usize, side: usize, other: usize) -> usize {
    let longer = side.max(other);
    ((2 * longest * side + longer) / (2 * longer)).max(1)
}

/// The whole number next to one that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` stops at the ends of u8"
)]
fn nearest(number: f64) -> u8 {
    number.round() as u8
}

/// The average colour of what is opaque. The pixels are laid over it.
struct Average {
    /// Of 0 to 1.
    colour: [f64; 3],
    /// Of 0 to 255, from exact sums.
    rounded: [u8; 3],
    has_alpha: bool,
}

impl Average {
    fn of(pixels: &[u8], layout: Layout) -> Self {
        let (mut colour, mut opacity, mut has_alpha) = ([0.0; 3], 0.0, false);
        let (mut sums, mut alphas) = ([0_u32; 3], 0_u32);
        for [samples @ .., alpha] in colours(pixels, layout) {
            let (part, scale) = opacity_of(alpha);
            for ((sum, exact), sample) in colour.iter_mut().zip(&mut sums).zip(samples) {
                *sum += scale * f64::from(sample);
                *exact += u32::from(alpha) * u32::from(sample);
            }
            opacity += part;
            alphas += u32::from(alpha);
            has_alpha |= alpha < u8::MAX;
        }
        if opacity > 0.0 {
            colour = colour.map(|sum| sum / opacity);
        }
        let rounded = sums.map(|sum| {
            let nearest = (sum + alphas / 2).checked_div(alphas).unwrap_or(0);
            u8::try_from(nearest).unwrap_or(u8::MAX)
        });
        Self { colour, rounded, has_alpha }
    }

    /// Lays a row of pixels over the average, and takes it apart.
    fn channels(&self, row: &[u8], layout: Layout, channels: &mut [[f64; SIDE]; 4]) {
        let [lights, yellows, reds, alphas] = channels;
        let places = lights.iter_mut().zip(yellows).zip(reds).zip(alphas);
        let [red, green, blue] = self.colour;
        for (pixel, (((light, yellow_blue), red_green), opacity)) in
            colours(row, layout).zip(places)
        {
            let [r, g, b, alpha] = pixel;
            let (part, scale) = opacity_of(alpha);
            let over =
                |average: f64, sample: u8| average * (1.0 - part) + scale * f64::from(sample);
            let (r, g, b) = (over(red, r), over(green, g), over(blue, b));
            *light = (r + g + b) / 3.0;
            *yellow_blue = (r + g) / 2.0 - b;
            *red_green = r - g;
            *opacity = part;
        }
    }
}

/// Red, green, blue and alpha of each pixel.
fn colours(samples: &[u8], layout: Layout) -> impl Iterator<Item = [u8; 4]> {
    samples.chunks_exact(layout.channels()).map(rgba)
}

/// An alpha as a part of 1, and that part of a 255th.
fn opacity_of(alpha: u8) -> (f64, f64) {
    // Most pixels, without a division.
    if alpha == u8::MAX {
        return (1.0, 1.0 / 255.0);
    }
    let part = f64::from(alpha) / 255.0;
    (part, part / 255.0)
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;
    use crate::budget::Budget;

    /// The hash of a picture, with its average.
    fn hash<const CHANNELS: usize>(
        layout: Layout,
        (width, height): (u8, u8),
        colour: impl Fn(u8, u8) -> [u8; CHANNELS],
    ) -> (String, [u8; 3]) {
        let budget = Budget::new(Limits::DEFAULT);
        let sides = (width.into(), height.into());
        let mut picture = Picture::empty(sides.0, sides.1, layout, &budget, "a test").unwrap();
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        picture.pixels.extend(places.flat_map(|(x, y)| colour(x, y)));
        let hash = Hash::of(&picture).unwrap();
        let text = hash.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash.has_alpha, hash.bytes()[2] >> 7 == 1, "{text}");
        (text, hash.average)
    }

    /// What `rgbaToThumbHash` of the npm package thumbhash 0.1.1 makes of the same pixels.
    #[test]
    fn hashes_are_the_reference_s() {
        let colours = |x: u8, y: u8| [x * 8, y * 12, x.wrapping_mul(y)];
        let clear = |x: u8, y: u8| [x * 8, y * 8, x.wrapping_mul(y), x * 12];
        for ((made, average), expected) in [
            (
                hash(Layout::Rgb, (30, 20), colours),
                ("da080e1d986086777088778678687878f6860ff788", [116, 114, 89]),
            ),
            (
                hash(Layout::Rgba, (20, 30), clear),
                ("1be885130a37a4a0686989b6a64ffa8470777888888877", [104, 116, 108]),
            ),
            (
                hash(Layout::Rgb, (100, 75), |_, _| [200, 30, 90]),
                ("da5803058087878877787778788788808788807808", [200, 30, 90]),
            ),
            (
                hash(Layout::Rgba, (9, 9), |x, y| [x, y, 7, 0]),
                ("00088205000000000000000000000000000000000000000000", [0; 3]),
            ),
            (
                hash(Layout::Grey, (7, 100), |x, _| [x * 36]),
                ("1b081a0100708888878778880000000000", [108; 3]),
            ),
            (
                hash(Layout::GreyAlpha, (12, 5), |x, y| [y * 50, 255 - x * 20]),
                ("19088e028039788850788700000000008f888888878878", [100; 3]),
            ),
            (
                hash(Layout::Rgb, (1, 1), |_, _| [1, 2, 3]),
                ("c0f701070008f708888788708f7088f80888707ff8f7870f", [1, 2, 3]),
            ),
        ] {
            assert_eq!((made.as_str(), average), expected);
        }
    }

    #[test]
    fn a_picture_that_does_not_fit_is_a_bug() {
        let budget = Budget::new(Limits::DEFAULT);
        for (width, height) in [(101, 1), (1, 101), (0, 1), (1, 0)] {
            let picture = Picture::empty(width, height, Layout::Grey, &budget, "a test").unwrap();
            assert!(matches!(Hash::of(&picture), Err(Error::Bug(_))));
        }
    }
}
