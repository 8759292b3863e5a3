//! PNMs and PAMs, and what their samples are in 8 and 16 bits.

/// A PNM or PAM with samples in bytes, or in two where `max` does not fit one.
pub fn pnm(header: &str, max: u16, samples: &[u16]) -> Vec<u8> {
    let mut file = header.as_bytes().to_vec();
    for sample in samples {
        if max < 256 {
            file.push(*sample as u8);
        } else {
            file.extend(sample.to_be_bytes());
        }
    }
    file
}

/// One with samples in text.
pub fn plain_pnm(header: &str, samples: &[u16]) -> Vec<u8> {
    let mut file = header.as_bytes().to_vec();
    for (at, sample) in samples.iter().enumerate() {
        file.extend(format!("{sample}{}", if at % 9 == 8 { '\n' } else { ' ' }).as_bytes());
    }
    file
}

/// A PPM of a picture.
pub fn ppm_of(picture: &image::RgbImage) -> Vec<u8> {
    let header = format!("P6\n{} {}\n255\n", picture.width(), picture.height());
    [header.as_bytes(), picture.as_raw()].concat()
}
