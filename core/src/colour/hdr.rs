//! PQ and HLG (ITU-R BT.2100-2) to light on a screen that is not HDR: each of red, green and blue by the curve of ITU-R
//! BT.2390-11, section 5.4, down to the 203 cd/m2 that BT.2408 gives HDR's white.
//!
//! All numbers come from the crate libm, so that every build has the same ones.

use libm::{exp, log, pow};

/// The brightest of the source, in cd/m2: of HLG by BT.2100, and what PQ's masters have at the least. What is brighter is
/// as bright.
const SOURCE: f64 = 1000.0;
/// The brightest of what is made.
const TARGET: f64 = 203.0;

/// How light is coded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hdr {
    /// Perceptual quantisation (BT.2100-2, table 4).
    Pq,
    /// Hybrid log-gamma (BT.2100-2, table 5), with the system gamma of 1000 cd/m2 for each colour by itself.
    Hlg,
}

impl Hdr {
    /// The light of a sample, both from 0 to 1.
    pub(super) fn light(self, sample: f64) -> f64 {
        let coded = match self {
            Self::Pq => sample,
            Self::Hlg => pq_of(SOURCE * pow(scene(sample), 1.2)),
        };
        (light_of(toned(coded)) / TARGET).clamp(0.0, 1.0)
    }
}

/// PQ's constants.
const M1: f64 = 2610.0 / 16_384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

/// From PQ to cd/m2.
fn light_of(coded: f64) -> f64 {
    let root = pow(coded, 1.0 / M2);
    10_000.0 * pow((root - C1).max(0.0) / (C2 - C3 * root), 1.0 / M1)
}

/// From cd/m2 to PQ.
fn pq_of(light: f64) -> f64 {
    let power = pow(light / 10_000.0, M1);
    pow((C1 + C2 * power) / (1.0 + C3 * power), M2)
}

/// From HLG to the light of the scene, 0 to 1.
fn scene(sample: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    let c = 0.5 - A * log(4.0 * A);
    if sample <= 0.5 { sample * sample / 3.0 } else { (exp((sample - c) / A) + B) / 12.0 }
}

/// BT.2390's curve, in PQ: straight up to a knee, then a Hermite spline to the target's peak. Both blacks are 0.
fn toned(coded: f64) -> f64 {
    let source = pq_of(SOURCE);
    let most = pq_of(TARGET) / source;
    let knee = 1.5 * most - 0.5;
    let value = (coded / source).min(1.0);
    if value < knee {
        return value * source;
    }
    let t = (value - knee) / (1.0 - knee);
    let (square, cube) = (t * t, t * t * t);
    let from_knee = (2.0 * cube - 3.0 * square + 1.0) * knee;
    let slope = (cube - 2.0 * square + t) * (1.0 - knee);
    let to_most = (3.0 * square - 2.0 * cube) * most;
    (from_knee + slope + to_most) * source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pq_and_hlg_are_the_recommendations() {
        // BT.2408-7, table 1: reflectances and levels in PQ and HLG; white is 58 % and 75 %.
        for (light, coded) in [(203.0, 0.5807), (100.0, 0.5081), (1000.0, 0.7518), (10_000.0, 1.0)]
        {
            assert!((pq_of(light) - coded).abs() < 1e-4, "{light}");
            assert!((light_of(pq_of(light)) / light - 1.0).abs() < 1e-9);
        }
        assert!((SOURCE * pow(scene(0.75), 1.2) - 203.0).abs() < 1.0);
        assert!((scene(1.0) - 1.0).abs() < 1e-6);
        assert!((scene(0.5) - 1.0 / 12.0).abs() < 1e-9);
    }

    #[test]
    fn dark_light_stays_and_bright_light_fits() {
        for hdr in [Hdr::Pq, Hdr::Hlg] {
            let all: Vec<_> = (0..=1000).map(|step| hdr.light(f64::from(step) / 1000.0)).collect();
            assert!(all.is_sorted() && all[0] == 0.0, "{hdr:?}");
            assert!((all[1000] - 1.0).abs() < 1e-6, "{hdr:?}");
        }
        assert!((Hdr::Pq.light(pq_of(20.0)) - 20.0 / 203.0).abs() < 1e-6);
        // White of 203 cd/m2 leaves room for what is brighter.
        let white = Hdr::Pq.light(pq_of(203.0));
        assert!((0.6..0.8).contains(&white), "{white}");
        assert!((Hdr::Hlg.light(0.75) - white).abs() < 0.01);
    }
}
