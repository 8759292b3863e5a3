//! QOIs, by the specification's own encoder in other words.

/// A file of these pixels; `channels`: 3 or 4, of which 3 leave out what is transparent.
pub fn qoi(pixels: &[[u8; 4]], width: u32, height: u32, channels: u8) -> Vec<u8> {
    let mut file = b"qoif".to_vec();
    file.extend([width, height].map(u32::to_be_bytes).concat());
    file.extend([channels, 0]);
    let (mut before, mut seen, mut run) = ([0, 0, 0, 255], [[0; 4]; 64], 0);
    for &pixel in pixels {
        if pixel == before {
            run += 1;
            if run == 62 {
                file.push(0xC0 | 61);
                run = 0;
            }
            continue;
        }
        if run > 0 {
            file.push(0xC0 | (run - 1));
            run = 0;
        }
        let [r, g, b, a] = pixel;
        let sum = [3, 5, 7, 11].into_iter().zip(pixel).map(|(by, sample)| by * u32::from(sample));
        let place = (sum.sum::<u32>() % 64) as usize;
        let [dr, dg, db] = [0, 1, 2].map(|at| pixel[at].wrapping_sub(before[at]).cast_signed());
        let (dr_dg, db_dg) = (dr.wrapping_sub(dg), db.wrapping_sub(dg));
        let bits = |value: i8, bias: i8| (value + bias).cast_unsigned();
        if seen[place] == pixel {
            file.push(place as u8);
        } else if a != before[3] {
            file.extend([0xFF, r, g, b, a]);
        } else if [dr, dg, db].iter().all(|change| (-2..2).contains(change)) {
            file.push(0x40 | bits(dr, 2) << 4 | bits(dg, 2) << 2 | bits(db, 2));
        } else if (-32..32).contains(&dg) && [dr_dg, db_dg].iter().all(|d| (-8..8).contains(d)) {
            file.extend([0x80 | bits(dg, 32), bits(dr_dg, 8) << 4 | bits(db_dg, 8)]);
        } else {
            file.extend([0xFE, r, g, b]);
        }
        seen[place] = pixel;
        before = pixel;
    }
    if run > 0 {
        file.push(0xC0 | (run - 1));
    }
    file.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    file
}

/// A file of a picture without transparency.
pub fn qoi_of(picture: &image::RgbImage) -> Vec<u8> {
    let pixels: Vec<_> =
        picture.pixels().map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255]).collect();
    qoi(&pixels, picture.width(), picture.height(), 3)
}
