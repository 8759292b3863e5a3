//! The image formats that are read, and sets of them.

use std::fmt;

/// An image format that is read. The numbers are those of the probe response.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG (ITU-T T.81).
    Jpeg = 0,
    /// PNG (W3C PNG, third edition).
    Png = 1,
    /// WebP (RFC 9649).
    WebP = 2,
    /// GIF (GIF89a); the first frame.
    Gif = 3,
    /// BMP, every header from BITMAPCOREHEADER to BITMAPV5HEADER.
    Bmp = 4,
    /// TIFF 6.0; the first image.
    Tiff = 5,
    /// AVIF 1.2; the primary picture. In the component thumbox-avif alone.
    Avif = 6,
    /// HEIC (ISO/IEC 23008-12); the primary picture. In the component thumbox-heic alone.
    Heic = 7,
    /// Camera raw (DNG, NEF, CR2, CR3, ARW, ORF, RW2, RAF, PEF); its largest JPEG preview.
    Raw = 9,
    /// ICO; the largest picture, or a smaller one that suffices.
    Ico = 10,
    /// QOI 1.0.
    Qoi = 11,
    /// PBM, PGM, PPM and PAM; the first image.
    Pnm = 12,
    /// TGA with the footer of its version 2.
    Tga = 13,
    /// PSD and PSB; the flattened picture.
    Psd = 14,
    /// CUR: cursors, stored as icons are.
    Cur = 16,
}

impl Format {
    /// Every format, in the order of the numbers.
    pub const ALL: [Self; 15] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::Avif,
        Self::Heic,
        Self::Raw,
        Self::Ico,
        Self::Qoi,
        Self::Pnm,
        Self::Tga,
        Self::Psd,
        Self::Cur,
    ];

    /// The name in configurations and in JSON: `"jpeg"`, `"tiff"`, and so on, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// The name in configurations, and the one for people.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Jpeg => ("jpeg", "JPEG"),
            Self::Png => ("png", "PNG"),
            Self::WebP => ("webp", "WebP"),
            Self::Gif => ("gif", "GIF"),
            Self::Bmp => ("bmp", "BMP"),
            Self::Tiff => ("tiff", "TIFF"),
            Self::Avif => ("avif", "AVIF"),
            Self::Heic => ("heic", "HEIC"),
            Self::Raw => ("raw", "camera raw"),
            Self::Ico => ("ico", "ICO"),
            Self::Qoi => ("qoi", "QOI"),
            Self::Pnm => ("pnm", "PNM"),
            Self::Tga => ("tga", "TGA"),
            Self::Psd => ("psd", "PSD"),
            Self::Cur => ("cur", "CUR"),
        }
    }

    /// The format with this name, in exactly these letters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().1)
    }
}

/// A set of formats: those that a host allows to be read.
///
/// ```
/// use thumbox_protocol::{Format, Formats};
///
/// let formats: Formats = [Format::Jpeg, Format::Png].into_iter().collect();
/// assert!(formats.contains(Format::Png) && !formats.contains(Format::Tiff));
/// assert_eq!(formats.to_string(), "JPEG, PNG");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formats(u32);

impl Formats {
    /// Every format that is read.
    pub const ALL: Self = {
        let (mut bits, mut left) = (0, Format::ALL.as_slice());
        while let [first, others @ ..] = left {
            bits |= first.bit();
            left = others;
        }
        Self(bits)
    };

    /// Whether the format is in the set.
    #[must_use]
    pub const fn contains(self, format: Format) -> bool {
        self.0 & format.bit() != 0
    }

    /// The formats in the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Format> {
        Format::ALL.into_iter().filter(move |format| self.contains(*format))
    }
}

impl Formats {
    /// A set by its names, which has to have a member; `field` is what an error calls it.
    ///
    /// # Errors
    /// What is wrong, and what is allowed: a name that is not a format's, or no name.
    pub fn named<S: AsRef<str>>(field: &str, names: &[S]) -> Result<Self, String> {
        let known = || Format::ALL.map(Format::name).join(", ");
        if names.is_empty() {
            return Err(format!("{field} is empty; one or more of {} is allowed", known()));
        }
        let format = |name: &S| {
            let name = name.as_ref();
            Format::from_name(name)
                .ok_or_else(|| format!("{field} has {name:?}; {} are allowed", known()))
        };
        names.iter().map(format).collect()
    }
}

impl FromIterator<Format> for Formats {
    fn from_iter<I: IntoIterator<Item = Format>>(formats: I) -> Self {
        Self(formats.into_iter().fold(0, |bits, format| bits | format.bit()))
    }
}

impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, format) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{format}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_the_whole_set_agree() {
        assert!(Format::ALL.is_sorted_by_key(|format| *format as u32));
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
            assert!(Formats::ALL.contains(format));
            assert!(!Formats::from_iter([]).contains(format));
        }
        assert_eq!(Formats::from_iter(Format::ALL), Formats::ALL);
        assert_eq!(Format::from_name("JPEG"), None);
    }
}
