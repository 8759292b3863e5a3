use thumbox_protocol::Limits;

use super::*;

/// Numbers that look like chance and are always the same.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }
}

/// By the words of the module's documentation, a box at a time.
fn plainly<S: Sample>(
    pixels: &[S],
    (width, height): (u32, u32),
    across: Side,
    down: Side,
    layout: Layout,
) -> Vec<S> {
    let channels = layout.channels();
    let mut means = Vec::new();
    for row in 0..down.count {
        for column in 0..across.count {
            let first = |side: Side, index: u32| (side.first_box() + index) * side.per_box;
            let (left, top) = (first(across, column), first(down, row));
            let (mut sums, mut count) = (vec![0_u64; channels], 0);
            for y in top..(top + down.per_box).min(height) {
                for x in left..(left + across.per_box).min(width) {
                    let start = (y * width + x) as usize * channels;
                    let pixel: Vec<u64> =
                        pixels[start..start + channels].iter().map(|s| (*s).into()).collect();
                    let alpha = if layout.has_alpha() { pixel[channels - 1] } else { 1 };
                    for (channel, sum) in sums.iter_mut().enumerate() {
                        let is_alpha = layout.has_alpha() && channel + 1 == channels;
                        *sum += pixel[channel] * if is_alpha { 1 } else { alpha };
                    }
                    count += 1;
                }
            }
            for (channel, sum) in sums.iter().enumerate() {
                let is_alpha = channel + 1 == channels;
                let by = if layout.has_alpha() && !is_alpha { sums[channels - 1] } else { count };
                means.push(S::from_u64((2 * sum + by).checked_div(2 * by).unwrap_or(0)));
            }
        }
    }
    means
}

fn check<S: Sample>(layout: Layout, seed: u32) {
    let mut random = Random(seed);
    let (width, height) = (1 + random.next() % 40, 1 + random.next() % 40);
    let (kx, ky) = (1 + random.next() % 9, 1 + random.next() % 9);
    let side = |stored: u32, k: u32, random: &mut Random| {
        let start = random.next() % stored;
        Side::new(stored, k, start..start + random.next() % (stored - start + 1))
    };
    let (across, down) = (side(width, kx, &mut random), side(height, ky, &mut random));
    let channels = layout.channels();
    let samples = (width * height) as usize * channels;
    let mut pixels: Vec<S> =
        (0..samples).map(|_| S::from_u64(u64::from(random.next()) % (S::MAX + 1))).collect();
    for pixel in pixels.chunks_exact_mut(channels).filter(|_| layout.has_alpha()) {
        if random.next().is_multiple_of(3) {
            pixel[channels - 1] = S::default();
        }
    }
    let untouched = kx == 1 && ky == 1;
    let expected = if untouched && layout.has_alpha() {
        // Straight pixels stay as they are, also where they are transparent.
        let rows = pixels.chunks_exact(width as usize * channels);
        let rows = rows.skip(down.first() as usize).take(down.count as usize);
        let part = |row: &[S]| {
            let first = across.first() as usize * channels;
            row[first..first + across.count as usize * channels].to_vec()
        };
        rows.flat_map(part).collect()
    } else {
        plainly(&pixels, (width, height), across, down, layout)
    };
    let budget = Budget::new(Limits::DEFAULT);
    let stride = width as usize * channels;
    let rows = || (0..height).zip(pixels.chunks_exact(stride));
    let make = |order| Reducer::<S>::new(across, down, layout, order, &budget).unwrap();

    let mut from_the_top = make(Order::Rows);
    rows().for_each(|(y, row)| from_the_top.put(y, 0, 1, row));
    assert_eq!(from_the_top.finish().pixels, expected, "{layout:?} {seed}, from the top");

    let mut from_the_bottom = make(Order::Rows);
    rows().rev().for_each(|(y, row)| {
        // In two parts.
        let (left, right) = row.split_at(width as usize / 3 * channels);
        from_the_bottom.put(y, 0, 1, left);
        from_the_bottom.put(y, width / 3, 1, right);
    });
    assert_eq!(from_the_bottom.finish().pixels, expected, "{layout:?} {seed}, from the bottom");

    let mut interlaced = make(Order::Any);
    for (x, step) in [(0, 4), (2, 4), (1, 2)] {
        for (y, row) in rows().rev() {
            let pixels = row.chunks_exact(channels).skip(x as usize).step_by(step as usize);
            interlaced.put(y, x, step, &pixels.flatten().copied().collect::<Vec<_>>());
        }
    }
    assert_eq!(interlaced.finish().pixels, expected, "{layout:?} {seed}, interlaced");

    let (wide, high) = (1 + random.next() % width, 1 + random.next() % height);
    let mut tiles = make(Order::Any);
    for top in (0..height).step_by(high as usize) {
        for left in (0..width).step_by(wide as usize) {
            for (y, row) in rows().skip(top as usize).take(high as usize) {
                let tile = &row[left as usize * channels..];
                let tile = &tile[..tile.len().min(wide as usize * channels)];
                tiles.put(y, left, 1, tile);
            }
        }
    }
    assert_eq!(tiles.finish().pixels, expected, "{layout:?} {seed}, tiles of {wide} x {high}");
}

#[test]
fn pixels_in_any_order_become_the_means_of_their_boxes() {
    for layout in [Layout::Grey, Layout::GreyAlpha, Layout::Rgb, Layout::Rgba, Layout::Cmyk] {
        for seed in 0..200 {
            check::<u8>(layout, seed);
            check::<u16>(layout, seed);
        }
    }
}

#[test]
fn what_never_comes_is_neutral() {
    let budget = Budget::new(Limits::DEFAULT);
    let side = Side::new(5, 2, 0..5);
    for order in [Order::Rows, Order::Any] {
        let mut grey = Reducer::<u8>::new(side, side, Layout::Grey, order, &budget).unwrap();
        grey.put(0, 0, 1, &[0, 0, 0, 0, 0]);
        grey.put(4, 4, 1, &[9]);
        assert_eq!(grey.finish().pixels, [64, 64, 64, 128, 128, 128, 128, 128, 9]);
        let mut clear = Reducer::<u16>::new(side, side, Layout::GreyAlpha, order, &budget).unwrap();
        clear.put(0, 0, 1, &[1000, 65_535]);
        let pixels = clear.finish().pixels;
        assert_eq!(pixels[..4], [1000, 16_384, 0, 0]);
        assert!(pixels[4..].iter().all(|sample| *sample == 0));
        let mut ink = Reducer::<u8>::new(side, side, Layout::Cmyk, order, &budget).unwrap();
        ink.put(1, 0, 1, &[100; 4]);
        assert_eq!(ink.finish().pixels[..8], [25, 25, 25, 120, 0, 0, 0, 127]);
    }
}

#[test]
fn boxes_of_many_rows_and_of_large_sums_are_exact() {
    let budget = Budget::new(Limits::DEFAULT);
    // More rows than narrow columns hold, and more pixels than 32 bits of sums.
    let (across, down) = (Side::new(70_000, 70_000, 0..70_000), Side::new(300, 300, 0..300));
    for (layout, pixel) in [(Layout::Grey, &[255_u8][..]), (Layout::GreyAlpha, &[254, 255])] {
        for order in [Order::Rows, Order::Any] {
            let mut reducer = Reducer::new(across, down, layout, order, &budget).unwrap();
            let row = pixel.repeat(70_000);
            (0..300).for_each(|y| reducer.put(y, 0, 1, &row));
            assert_eq!(reducer.finish().pixels, pixel);
        }
    }
    let side = Side::new(2, 1, 0..2);
    let (narrow, many) = (Side::new(2, 2, 0..2), Side::new(100_000, 100_000, 0..100_000));
    let mut reducer = Reducer::<u8>::new(narrow, many, Layout::Rgb, Order::Rows, &budget).unwrap();
    (0..100_000).for_each(|y| reducer.put(y, 0, 1, &[255, 1, 2, 255, 2, 2]));
    assert_eq!(reducer.finish().pixels, [255, 2, 2]);
    let empty = Reducer::<u16>::new(side, side, Layout::Rgb, Order::Rows, &budget).unwrap();
    assert_eq!(empty.finish().pixels, [0x8080; 12]);
}
