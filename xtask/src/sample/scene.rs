//! What is to be seen: a sky with the sun near the hills, ridge behind ridge, a forest, a lake, a meadow.
//!
//! Positions are in picture heights: `u` to the right from the left edge, `v` down from the top.

use super::noise::{cell, fractal, hash, mix, smooth, step, whole};

type Colour = [f32; 3];

/// Where the lake begins.
const SHORE: f32 = 0.64;
const SUN: (f32, f32) = (0.88, 0.362);

/// Far to near: height of the line, height of its peaks, peaks per unit, colour in the shade.
const RIDGES: [(f32, f32, f32, Colour); 5] = [
    (0.50, 0.26, 1.6, [0.53, 0.45, 0.56]),
    (0.55, 0.19, 2.3, [0.40, 0.35, 0.48]),
    (0.585, 0.12, 2.9, [0.27, 0.27, 0.39]),
    (0.61, 0.075, 3.7, [0.16, 0.20, 0.27]),
    (0.632, 0.03, 5.0, [0.07, 0.115, 0.13]),
];

/// The scene at one size.
pub(super) struct Scene {
    columns: Vec<Column>,
    height: f32,
}

/// What one column of the picture has in common: the heights of its outlines.
struct Column {
    ridges: [f32; RIDGES.len()],
    forest: f32,
    meadow: f32,
}

impl Scene {
    /// Draws the outlines.
    pub(super) fn new(width: u16, height: u16) -> Self {
        let height = f32::from(height);
        let columns = (0..width).map(|x| Column::at(f32::from(x) / height)).collect();
        Self { columns, height }
    }

    /// The colour of one pixel.
    pub(super) fn pixel(&self, x: u16, y: u16) -> [u8; 3] {
        let (u, v) = (f32::from(x) / self.height, f32::from(y) / self.height);
        let line = self.column(u).map_or(1.0, |column| column.meadow);
        let colour = meadow(u, v, line);
        let colour =
            colour.unwrap_or_else(|| if v < SHORE { self.land(u, v) } else { self.lake(u, v) });
        // Darker corners and a little grain, as a lens and a sensor give.
        let corner = (u - 0.667) * (u - 0.667) + (v - 0.5) * (v - 0.5);
        let grain = (hash(i32::from(x), i32::from(y)) - 0.5) * 0.018;
        colour.map(|channel| byte(channel * (1.0 - corner * 0.28) + grain))
    }

    fn column(&self, u: f32) -> Option<&Column> {
        let x = usize::try_from(cell(u * self.height + 0.5)).unwrap_or(0);
        self.columns.get(x).or(self.columns.last())
    }

    /// Everything above the shore: the forest, else the nearest ridge that covers the place, else the sky.
    fn land(&self, u: f32, v: f32) -> Colour {
        let Some(column) = self.column(u) else { return sky(u, v) };
        if v > column.forest {
            let depth = fractal(u * 60.0, v * 60.0, 3);
            return blend([0.015, 0.035, 0.04], [0.06, 0.095, 0.07], depth * depth);
        }
        let mut ridges = column.ridges.iter().zip(RIDGES).enumerate().rev();
        match ridges.find(|(_, (top, _))| v > **top) {
            Some((place, (top, (_, peaks, _, shade)))) => {
                rock(u, v, *top, shade, peaks, seed(place))
            }
            None => sky(u, v),
        }
    }

    /// The land mirrored in waves that are longer, and slower, the nearer they are.
    fn lake(&self, u: f32, v: f32) -> Colour {
        let near = v - SHORE;
        let far = 1.0 / (near + 0.035);
        let wave = fractal(u * 3.0 * far * 0.5 + 7.0, far * 11.0, 4) - 0.5;
        let fine = fractal(u * 40.0 + wave * 2.0, far * 60.0, 3) - 0.5;
        let shift = (wave * 0.10 + fine * 0.05) * (0.12 + near * 2.2);
        let mirrored = (2.0 * SHORE - v + shift * 0.8 - near * 0.12).clamp(0.0, SHORE - 0.001);
        let image = self.land(u + shift * 0.55, mirrored);
        let depth = 0.24 + near * 0.7;
        let image = image.map(|channel| channel * 0.92);
        let mut colour = blend(image, [0.07, 0.16, 0.22], depth.min(0.7));
        // The sun's road.
        let road = step(0.05 + near * 0.22, 0.0, (u - SUN.0).abs());
        let glint = step(0.50, 0.66, 0.5 + wave * 0.5 + fine * 0.75);
        colour = blend(colour, [1.0, 0.86, 0.62], road * glint * 0.85);
        let edge = step(0.006, 0.0, near);
        blend(colour, [0.03, 0.05, 0.05], edge * 0.7)
    }
}

impl Column {
    fn at(u: f32) -> Self {
        let mut ridges = [0.0; RIDGES.len()];
        for (place, (top, (line, peaks, frequency, _))) in ridges.iter_mut().zip(RIDGES).enumerate()
        {
            *top = ridge(u, line, peaks, frequency, seed(place));
        }
        let left = step(0.55, 0.0, u) * 0.10;
        let right = step(0.95, 1.34, u) * 0.05;
        let meadow = 0.905 - left - right + 0.05 * (fractal(u * 3.0, 5.0, 3) - 0.5);
        Self { ridges, forest: forest(u), meadow }
    }
}

/// What makes each ridge different.
fn seed(place: usize) -> f32 {
    53.7 + 13.7 * u8::try_from(place).map_or(0.0, f32::from)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
fn byte(channel: f32) -> u8 {
    (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

fn blend(a: Colour, b: Colour, t: f32) -> Colour {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
    [mix(a0, b0, t), mix(a1, b1, t), mix(a2, b2, t)]
}

/// The height of a ridge's line: noise folded at its middle makes peaks.
fn ridge(u: f32, line: f32, peaks: f32, frequency: f32, seed: f32) -> f32 {
    let folded = 1.0 - (2.0 * fractal(u * frequency + seed, seed, 2) - 1.0).abs();
    let rough = fractal(u * frequency * 5.0 + seed, seed * 2.0, 6);
    line - peaks * (folded * folded * 0.8 + rough * 0.32 - 0.2)
}

/// A mountainside: gullies with light from the sun's side, snow on the far ones, haze towards the foot.
fn rock(u: f32, v: f32, top: f32, shade: Colour, peaks: f32, seed: f32) -> Colour {
    let size = 9.0 + 1.2 / peaks;
    let below = v - top;
    let relief =
        |u: f32, v: f32| fractal(u * size + seed, v * size * 0.7 + below * 6.0 - u * 4.0, 7);
    let slope = relief(u + 0.004, v) - relief(u - 0.004, v);
    let side = slope * ((SUN.0 - u) * 8.0).clamp(-1.0, 1.0);
    let light = (0.5 + side * 2.6).clamp(0.0, 1.0);
    let mut colour = blend(shade.map(|channel| channel * 0.72), shade, light);
    let lit = [0.98, 0.62, 0.42];
    colour = blend(colour, lit, light * light * 0.42 * (peaks * 4.0).min(1.0));
    if peaks > 0.15 {
        let patches = fractal(u * 22.0 + seed, (v + u * 0.4) * 22.0, 7) - 0.5;
        let snow = step(0.004, -0.004, below - peaks * 0.25 - patches * 0.17);
        colour = blend(colour, blend([0.60, 0.60, 0.74], [1.0, 0.86, 0.76], light), snow * 0.85);
    }
    let haze = step(0.0, 0.30, below) * 0.55;
    blend(colour, [0.93, 0.68, 0.56], haze)
}

/// The line of the forest on the far shore: every cell has a fir.
fn forest(u: f32) -> f32 {
    let mut top = SHORE - 0.006;
    for (per_unit, tall, row) in [(150.0, 0.020, 1), (95.0, 0.030, 2), (60.0, 0.043, 3)] {
        let here = cell(u * per_unit);
        for place in [here - 1, here, here + 1] {
            let stem = (whole(place) + hash(place, row)) / per_unit;
            let grove = smooth(stem * 3.1, whole(row) * 9.0);
            let height = tall * (0.45 + 0.55 * hash(place, row + 10)) * step(0.25, 0.62, grove);
            let beside = (u - stem).abs() / (height * 0.21 + 1e-6);
            if beside < 1.0 {
                let branches = (beside * 9.0 - whole(cell(beside * 9.0))) * 0.10;
                top = top.min(SHORE - 0.004 - height * (1.0 - beside + branches));
            }
        }
    }
    top
}

fn sky(u: f32, v: f32) -> Colour {
    let low = step(0.0, 0.56, v);
    let mut colour = blend([0.17, 0.32, 0.60], [0.60, 0.58, 0.72], step(0.0, 0.55, low));
    colour = blend(colour, [1.0, 0.72, 0.50], step(0.45, 1.0, low));
    let (du, dv) = (u - SUN.0, v - SUN.1);
    let distance = (du * du + dv * dv * 1.4).sqrt();
    let glow = 1.0 / (1.0 + distance * distance * 26.0);
    colour = blend(colour, [1.0, 0.80, 0.52], glow * 0.75);

    // Clouds: long streaks, lit from below where the sun is.
    let drift = fractal(u * 1.3, v * 4.0, 3) * 0.6;
    let cover = fractal(u * 1.7 + drift, v * 7.5 + 3.0 + drift, 6);
    let thick = step(0.40, 0.66, cover) * step(0.46, 0.24, v);
    let under = fractal(u * 1.7 + drift, (v + 0.022) * 7.5 + 3.0 + drift, 5);
    let lit = (0.55 + (cover - under) * 3.4 + glow * 0.8).clamp(0.0, 1.0);
    let cloud = blend([0.42, 0.38, 0.52], [1.0, 0.70, 0.56], lit);
    colour = blend(colour, blend(cloud, [1.0, 0.93, 0.80], glow * lit), thick * 0.9);

    let disc = step(0.0275, 0.0255, (du * du + dv * dv).sqrt());
    blend(colour, [1.0, 0.97, 0.86], disc)
}

/// The near shore with its grass and flowers; none where the lake is seen.
fn meadow(u: f32, v: f32, line: f32) -> Option<Colour> {
    let blade = blade(u, v, line)?;
    let tone = fractal(u * 7.0, v * 16.0, 4);
    let depth = ((v - line) / 0.2).clamp(0.0, 1.0);
    let green = blend([0.10, 0.13, 0.05], [0.36, 0.38, 0.11], tone * (0.35 + 0.65 * blade));
    let mut colour = blend(green, [0.05, 0.075, 0.035], depth * 0.55);
    let low_sun = step(0.75, 0.0, (u - SUN.0).abs()) * (1.0 - depth);
    colour = blend(colour, [0.95, 0.66, 0.28], blade * blade * (0.12 + 0.38 * low_sun));
    Some(flower(u, v, line).unwrap_or(colour))
}

/// How much light a place in the grass gets, from 0 to 1; none above the tips.
fn blade(u: f32, v: f32, line: f32) -> Option<f32> {
    if v < line - 0.06 {
        return None;
    }
    let mut best: Option<f32> = None;
    for row in 0..9_u8 {
        let root = line + f32::from(row) * 0.022;
        let size = 1.0 + f32::from(row) * 0.22;
        let per_unit = 260.0 / size;
        let lean = (root - v) * (smooth(u * 5.0, f32::from(row)) - 0.35) * 0.8;
        let place = cell((u + lean) * per_unit);
        let tall = (0.018 + 0.03 * hash(place, i32::from(row) + 50)) * size;
        let up = (root - v) / tall;
        let beside = ((u + lean) * per_unit - whole(place) - 0.5).abs() * 2.0;
        if up < 1.0 && beside < 1.0 - up.max(0.0) {
            best = Some((0.15 + 0.85 * up.max(0.0)) * (0.55 + 0.45 * hash(place, i32::from(row))));
        }
    }
    best
}

/// The colour of a flower, where there is one.
fn flower(u: f32, v: f32, line: f32) -> Option<Colour> {
    let size = 1.0 + ((v - line) / 0.05).clamp(0.0, 3.0) * 0.5;
    for per_unit in [52.0, 34.0] {
        let (column, row) = (cell(u * per_unit), cell(v * per_unit));
        let seed = hash(column, row);
        if seed > 0.34 * step(0.35, 0.7, smooth(u * 6.0, v * 9.0)) || v < line - 0.01 {
            continue;
        }
        let centre = (0.3 + 0.4 * hash(column + 500, row), 0.3 + 0.4 * hash(column, row + 500));
        let (du, dv) =
            (u * per_unit - whole(column) - centre.0, v * per_unit - whole(row) - centre.1);
        let distance = (du * du + dv * dv * 2.2).sqrt();
        // Petals: the outline swings in and out around the middle.
        let turn = (du * du - dv * dv * 2.2) / (distance * distance + 1e-6);
        let radius = 0.115 * size * (0.78 + 0.22 * turn * turn);
        if distance < radius * 0.34 {
            return Some([0.98, 0.80, 0.25]);
        }
        if distance < radius {
            let kinds = [[0.93, 0.90, 0.94], [0.84, 0.36, 0.52], [0.56, 0.45, 0.82]];
            let kind = kinds.get(usize::from(byte(hash(row, column)) % 3)).copied();
            let shade = 0.72 + 0.28 * distance / radius;
            return kind.map(|colour| colour.map(|channel| channel * shade));
        }
    }
    None
}
