//! A JPEG encoder for what the encoders at hand do not write: any sampling factors, and any order of scans, with the
//! bits of the coefficients spread over several of them (ITU-T T.81, annexes A, B, F.1 and G.1).
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

mod entropy;
mod script;

use std::f64::consts::PI;

pub use entropy::AC_CODES;
use entropy::DC_CODES;
pub use script::{Scan, Script, scripts};

use super::common::scene;

/// How a file is coded.
#[derive(Clone, Debug)]
pub struct Shape {
    pub width: u32,
    pub height: u32,
    /// Of each component, across and down: one for grey, three for Y, Cb and Cr.
    pub factors: Vec<(u32, u32)>,
    /// Units between two restarts; 0 for none.
    pub restart: u32,
    pub script: Script,
}

/// The coefficients of a component, in zigzag order, quantised.
struct Plane {
    horizontal: u32,
    vertical: u32,
    /// Blocks that hold samples.
    wide: u32,
    high: u32,
    /// Blocks across with those that fill up the last unit.
    stride: u32,
    blocks: Vec<[i32; 64]>,
}

impl Shape {
    /// The scene, coded.
    pub fn encode(&self) -> Vec<u8> {
        let planes = self.planes();
        let mut file = vec![0xFF, 0xD8];
        segment(&mut file, 0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let steps: Vec<u8> = (0..64).map(step).collect();
        segment(&mut file, 0xDB, &[&[0], steps.as_slice()].concat());
        let mut frame = vec![8];
        frame.extend((self.height as u16).to_be_bytes());
        frame.extend((self.width as u16).to_be_bytes());
        frame.push(planes.len() as u8);
        for (id, (across, down)) in (1..).zip(&self.factors) {
            frame.extend([id, (across << 4 | down) as u8, 0]);
        }
        segment(&mut file, if self.script.progressive { 0xC2 } else { 0xC0 }, &frame);
        let symbols: Vec<u8> = (0..=255).collect();
        segment(&mut file, 0xC4, &[&[0], DC_CODES.as_slice(), &symbols[..12]].concat());
        segment(&mut file, 0xC4, &[&[0x10], AC_CODES.as_slice(), &symbols].concat());
        if self.restart > 0 {
            segment(&mut file, 0xDD, &(self.restart as u16).to_be_bytes());
        }
        for scan in &self.script.scans {
            let mut header = vec![scan.components.len() as u8];
            header.extend(scan.components.iter().flat_map(|component| [*component as u8 + 1, 0]));
            header.extend([scan.start as u8, scan.end as u8, (scan.high << 4 | scan.low) as u8]);
            segment(&mut file, 0xDA, &header);
            self.scan(scan, &planes, &mut file);
        }
        file.extend([0xFF, 0xD9]);
        file
    }

    fn most(&self) -> (u32, u32) {
        let most = |side: fn(&(u32, u32)) -> u32| self.factors.iter().map(side).max().unwrap_or(1);
        (most(|factors| factors.0), most(|factors| factors.1))
    }

    fn units(&self) -> (u32, u32) {
        let (across, down) = self.most();
        (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down))
    }

    fn planes(&self) -> Vec<Plane> {
        let (most, units) = (self.most(), self.units());
        let picture = scene(self.width, self.height);
        let planes = self.factors.iter().enumerate().map(|(component, &(horizontal, vertical))| {
            let (across, down) = (most.0 / horizontal, most.1 / vertical);
            // The mean of the pixels that a sample stands for; beyond the edge, the edge.
            let sample = |x: u32, y: u32| {
                let pixels = (0..across * down).map(|at| {
                    let x = (x * across + at % across).min(self.width - 1);
                    let y = (y * down + at / across).min(self.height - 1);
                    ycc(picture.get_pixel(x, y).0)[component]
                });
                pixels.sum::<f64>() / f64::from(across * down)
            };
            let (stride, rows) = (units.0 * horizontal, units.1 * vertical);
            let blocks = (0..stride * rows)
                .map(|at| block(|x, y| sample(at % stride * 8 + x, at / stride * 8 + y) - 128.0));
            let samples = |side: u32, factor: u32, most| (side * factor).div_ceil(most);
            Plane {
                horizontal,
                vertical,
                wide: samples(self.width, horizontal, most.0).div_ceil(8),
                high: samples(self.height, vertical, most.1).div_ceil(8),
                stride,
                blocks: blocks.collect(),
            }
        });
        planes.collect()
    }

    /// The blocks of a scan in their order, as component and place, a unit at a time (T.81, A.2).
    fn order(&self, scan: &Scan, planes: &[Plane]) -> Vec<Vec<(usize, usize)>> {
        if let [component] = *scan.components {
            let Plane { wide, high, stride, .. } = planes[component];
            let places = (0..wide * high).map(|at| (at / wide * stride + at % wide) as usize);
            return places.map(|place| vec![(component, place)]).collect();
        }
        let (across, down) = self.units();
        let units = (0..across * down).map(|unit| {
            let blocks = scan.components.iter().flat_map(|&component| {
                let Plane { horizontal, vertical, stride, .. } = planes[component];
                (0..horizontal * vertical).map(move |at| {
                    let x = unit % across * horizontal + at % horizontal;
                    let y = unit / across * vertical + at / horizontal;
                    (component, (y * stride + x) as usize)
                })
            });
            blocks.collect()
        });
        units.collect()
    }

    fn scan(&self, scan: &Scan, planes: &[Plane], file: &mut Vec<u8>) {
        let mut coder = entropy::Coder::new(file, scan, self.script.progressive);
        for (at, unit) in (0..).zip(self.order(scan, planes)) {
            if self.restart > 0 && at > 0 && at % self.restart == 0 {
                coder.restart((at / self.restart - 1) as u8);
            }
            for (component, place) in unit {
                coder.block(component, &planes[component].blocks[place]);
            }
        }
        coder.finish();
    }
}

fn segment(file: &mut Vec<u8>, marker: u8, body: &[u8]) {
    file.extend([0xFF, marker]);
    file.extend((body.len() as u16 + 2).to_be_bytes());
    file.extend(body);
}

/// JFIF's colours, not rounded.
fn ycc([r, g, b]: [u8; 3]) -> [f64; 3] {
    let [r, g, b] = [r, g, b].map(f64::from);
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [y, 128.0 + (b - y) / 1.772, 128.0 + (r - y) / 1.402]
}

/// The quantisation of a coefficient, by its place in zigzag order.
fn step(at: usize) -> u8 {
    3 + at as u8 / 6
}

/// The forward transform (T.81, A.3.3), quantised.
fn block(sample: impl Fn(u32, u32) -> f64) -> [i32; 64] {
    let samples: Vec<f64> = (0..64).map(|at| sample(at % 8, at / 8)).collect();
    let scale = |u: usize| if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
    let waves: [f64; 64] =
        std::array::from_fn(|at| ((2 * (at % 8) + 1) as f64 * (at / 8) as f64 * PI / 16.0).cos());
    let wave = |x: usize, u: usize| waves[u * 8 + x];
    zigzag().map(|(at, u, v)| {
        let sum = (0..64).map(|i| samples[i] * wave(i % 8, u) * wave(i / 8, v)).sum::<f64>();
        (sum * scale(u) * scale(v) / 4.0 / f64::from(step(at))).round() as i32
    })
}

/// For each place in zigzag order the place itself, and its frequencies across and down (T.81, figure A.6).
fn zigzag() -> [(usize, usize, usize); 64] {
    let mut order: Vec<(usize, usize)> = (0..64).map(|at| (at % 8, at / 8)).collect();
    order.sort_by_key(|(u, v)| (u + v, if (u + v) % 2 == 0 { *u } else { *v }));
    std::array::from_fn(|at| (at, order[at].0, order[at].1))
}
