//! From a picture and a box to the size of the thumbnail and the part of the picture that it shows.
//!
//! All sizes are of the upright picture. The arithmetic is exact, in integers of 128 bits, because targets
//! go up to 2^32 - 1 and two of them are multiplied and doubled.

use thumbox_protocol::{DEFAULT_BOX, Fit, Gravity, OutputFormat, Target};

use crate::error::{Error, Result};
use crate::reduce::Side;

/// A part of a picture in pixels of that picture, fractions included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rectangle {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rectangle {
    /// All of a picture.
    pub(crate) fn all((width, height): (u32, u32)) -> Self {
        Self { left: 0.0, top: 0.0, width: width.into(), height: height.into() }
    }

    /// Moves it on a picture of `width` x `height` to the given fractions of what is free beside it.
    pub(crate) fn moved(self, (width, height): (u32, u32), (across, down): (f64, f64)) -> Self {
        let left = (f64::from(width) - self.width) * across;
        let top = (f64::from(height) - self.height) * down;
        Self { left, top, ..self }
    }
}

/// Where the columns or rows of a decoded picture lie on the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Decoded pixels for `denominator` stored ones.
    numerator: u64,
    denominator: u64,
    /// The decoded pixel that is the picture's first: those before it are not in it.
    first: u32,
}

impl Axis {
    /// Of a picture that was reduced by boxes.
    pub(crate) fn boxes(side: Side) -> Self {
        Self { numerator: 1, denominator: side.per_box.into(), first: side.first_box() }
    }

    /// Of a whole picture with `numerator` pixels for 8 stored ones.
    pub(crate) const fn eighths(numerator: u32) -> Self {
        Self { numerator: numerator as u64, denominator: 8, first: 0 }
    }

    /// Of a picture that shows the stored one in fewer pixels: `smaller` for `stored` ones.
    pub(crate) fn of_smaller(self, (smaller, stored): (u32, u32)) -> Self {
        // Factors of 8 bits, or those of a side's boxes and pixels.
        let numerator = self.numerator * u64::from(smaller);
        Self { numerator, denominator: self.denominator * u64::from(stored), ..self }
    }

    /// A stored coordinate on the decoded picture.
    pub(crate) fn place(self, stored: f64) -> f64 {
        self.length(stored) - f64::from(self.first)
    }

    /// A stored length on the decoded picture.
    pub(crate) fn length(self, stored: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "below 2^53 but for pyramids of boxes")]
        let (numerator, denominator) = (self.numerator as f64, self.denominator as f64);
        stored * numerator / denominator
    }
}

/// What becomes of a picture of a given size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The width of the picture in the thumbnail, at least 1.
    pub(crate) width: u32,
    /// Its height, at least 1.
    pub(crate) height: u32,
    /// The thumbnail's size: larger than the picture in it where that is padded.
    pub(crate) canvas: (u32, u32),
    /// The part of the upright picture that the thumbnail shows.
    pub(crate) crop: Rectangle,
    /// Whether the crop is to be moved to where there is the most to look at.
    pub(crate) attention: bool,
    /// The whole picture's size at the thumbnail's scale: the least that a decoder must deliver.
    pub(crate) whole: (u32, u32),
}

impl Plan {
    /// Whether pixels have to be made that are not in the picture as they are.
    pub(crate) fn resizes(&self) -> bool {
        let Rectangle { left, top, width, height } = self.crop;
        let whole_pixels = left.fract() == 0.0 && top.fract() == 0.0;
        !whole_pixels || width != f64::from(self.width) || height != f64::from(self.height)
    }
}

/// Plans a thumbnail of a picture of `width` x `height` upright pixels.
///
/// # Errors
/// [`Error::Pixels`] when the output format cannot hold the size.
pub(crate) fn plan(width: u32, height: u32, target: &Target) -> Result<Plan> {
    let (box_width, box_height) = match (target.width, target.height) {
        (0, 0) => (DEFAULT_BOX, DEFAULT_BOX),
        sides => sides,
    };
    let bounds = (box_width, box_height);
    let crop = Rectangle::all((width, height));
    let whole = |(width, height), canvas| Plan {
        width,
        height,
        canvas,
        crop,
        attention: false,
        whole: (width, height),
    };
    let plan = match target.fit {
        Fit::Inside => {
            let size = inside((width, height), bounds, target.enlarge);
            whole(size, size)
        }
        Fit::Contain => whole(inside((width, height), bounds, target.enlarge), bounds),
        Fit::Stretch => {
            let side = |source: u32, target_side: u32| {
                if target.enlarge { target_side } else { target_side.min(source) }
            };
            let size = (side(width, box_width), side(height, box_height));
            whole(size, size)
        }
        Fit::Cover => {
            let plan = cover((width, height), bounds, target.enlarge);
            let crop = placed(plan.crop, (width, height), target.gravity);
            let attention =
                target.gravity == Gravity::Attention && crop != Rectangle::all((width, height));
            Plan { crop, attention, ..plan }
        }
    };
    check_size(&plan, target.format)?;
    Ok(plan)
}

/// The largest size in the picture's own proportions that fits the box; a side of 0 is unbounded.
pub(crate) fn inside((w, h): (u32, u32), (tw, th): (u32, u32), enlarge: bool) -> (u32, u32) {
    let fits = |side: u32, bound: u32| bound == 0 || side <= bound;
    if !enlarge && fits(w, tw) && fits(h, th) {
        return (w, h);
    }
    let width_binds = th == 0 || tw != 0 && product(tw, h) <= product(th, w);
    if width_binds { (tw, proportional(h, tw, w)) } else { (proportional(w, th, h), th) }
}

/// `side * numerator / denominator`, rounded to the nearest, halves up, at least 1.
fn proportional(side: u32, numerator: u32, denominator: u32) -> u32 {
    let denominator = u128::from(denominator);
    let rounded = (2 * product(side, numerator) + denominator) / (2 * denominator);
    u32::try_from(rounded.max(1)).unwrap_or(u32::MAX)
}

fn product(a: u32, b: u32) -> u128 {
    u128::from(a) * u128::from(b)
}

/// The box filled, or what the picture has of it at its own scale; the crop is yet to be placed.
fn cover((w, h): (u32, u32), (tw, th): (u32, u32), enlarge: bool) -> Plan {
    // The scale is the larger of tw / w and th / h, at most 1 unless enlarging is allowed.
    let width_binds = product(tw, h) >= product(th, w);
    let (numerator, denominator) = if width_binds { (tw, w) } else { (th, h) };
    let shrinks = numerator < denominator;
    if !shrinks && !enlarge {
        let (width, height) = (w.min(tw), h.min(th));
        let size = (width, height);
        return Plan {
            width,
            height,
            canvas: size,
            crop: Rectangle::all(size),
            attention: false,
            whole: (w, h),
        };
    }
    // Across the binding side the whole picture, across the other what the box's proportions leave of it.
    let (crop_width, crop_height) = if width_binds {
        (f64::from(w), f64::from(th) * f64::from(w) / f64::from(tw))
    } else {
        (f64::from(tw) * f64::from(h) / f64::from(th), f64::from(h))
    };
    let (width, height) = (crop_width.min(w.into()), crop_height.min(h.into()));
    let crop = Rectangle { left: 0.0, top: 0.0, width, height };
    let whole = (proportional(w, numerator, denominator), proportional(h, numerator, denominator));
    Plan { width: tw, height: th, canvas: (tw, th), crop, attention: false, whole }
}

/// Places a crop. What attention finds needs pixels: until there are some it is the centre.
fn placed(crop: Rectangle, size: (u32, u32), gravity: Gravity) -> Rectangle {
    const START: f64 = 0.0;
    const MIDDLE: f64 = 0.5;
    const END: f64 = 1.0;
    let at = match gravity {
        Gravity::Centre | Gravity::Attention => (MIDDLE, MIDDLE),
        Gravity::North => (MIDDLE, START),
        Gravity::NorthEast => (END, START),
        Gravity::East => (END, MIDDLE),
        Gravity::SouthEast => (END, END),
        Gravity::South => (MIDDLE, END),
        Gravity::SouthWest => (START, END),
        Gravity::West => (START, MIDDLE),
        Gravity::NorthWest => (START, START),
        Gravity::Focal { x, y } => {
            let start = |side: u32, length: f64, point: u16| {
                let free = f64::from(side) - length;
                let centre = f64::from(side) * f64::from(point) / f64::from(u16::MAX);
                (centre - length / 2.0).clamp(0.0, free.max(0.0))
            };
            let (width, height) = size;
            let (left, top) = (start(width, crop.width, x), start(height, crop.height, y));
            return Rectangle { left, top, ..crop };
        }
    };
    crop.moved(size, at)
}

fn check_size(plan: &Plan, format: OutputFormat) -> Result<()> {
    let (name, most) = match format {
        OutputFormat::Jpeg => ("JPEG", 65_535),
        OutputFormat::Png => ("PNG", i32::MAX.cast_unsigned()),
        OutputFormat::WebP => ("WebP", 16_383),
    };
    let (width, height) = plan.canvas;
    if width > most || height > most {
        return Err(Error::Pixels {
            what: format!("the thumbnail would be {width} x {height} pixels"),
            allowed: format!("{name} holds up to {most} a side"),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(width: u32, height: u32, fit: Fit, enlarge: bool) -> Target {
        Target {
            width,
            height,
            format: OutputFormat::Png,
            quality: 100,
            fit,
            enlarge,
            ..Target::default()
        }
    }

    fn size(source: (u32, u32), tw: u32, th: u32, fit: Fit, enlarge: bool) -> (u32, u32) {
        let plan = plan(source.0, source.1, &target(tw, th, fit, enlarge)).unwrap();
        (plan.width, plan.height)
    }

    #[test]
    fn inside_keeps_proportions_and_never_enlarges() {
        for (source, tw, th, expected) in [
            ((1000, 667), 100, 0, (100, 67)),
            ((1, 1000), 100, 100, (1, 100)),
            ((1000, 1), 100, 100, (100, 1)),
            ((640, 480), 0, 0, (100, 75)),
            ((480, 640), 0, 0, (75, 100)),
            ((640, 480), 0, 240, (320, 240)),
            ((640, 480), u32::MAX, u32::MAX, (640, 480)),
            ((640, 480), u32::MAX, 240, (320, 240)),
            ((640, 480), 641, 0, (640, 480)),
            ((3, 2), 2, 2, (2, 1)),
            ((65_535, 65_535), 64, 64, (64, 64)),
        ] {
            assert_eq!(
                size(source, tw, th, Fit::Inside, false),
                expected,
                "{source:?} {tw} x {th}"
            );
        }
    }

    #[test]
    fn enlarging_fills_the_box() {
        assert_eq!(size((10, 5), 100, 100, Fit::Inside, true), (100, 50));
        assert_eq!(size((10, 5), 0, 100, Fit::Inside, true), (200, 100));
        assert_eq!(size((10, 5), 100, 100, Fit::Cover, true), (100, 100));
        assert_eq!(size((10, 5), 30, 40, Fit::Stretch, true), (30, 40));
    }

    #[test]
    fn stretch_takes_each_side_for_itself() {
        assert_eq!(size((100, 50), 30, 40, Fit::Stretch, false), (30, 40));
        assert_eq!(size((100, 50), 300, 40, Fit::Stretch, false), (100, 40));
    }

    #[test]
    fn cover_crops_the_exact_rectangle_around_the_centre() {
        let plan = plan(300, 100, &target(50, 40, Fit::Cover, false)).unwrap();
        assert_eq!((plan.width, plan.height), (50, 40));
        assert_eq!(plan.crop, Rectangle { left: 87.5, top: 0.0, width: 125.0, height: 100.0 });
        assert_eq!(plan.whole, (120, 40));
        let plan = super::plan(100, 300, &target(40, 50, Fit::Cover, false)).unwrap();
        assert_eq!((plan.width, plan.height), (40, 50));
        assert_eq!(plan.crop, Rectangle { left: 0.0, top: 87.5, width: 100.0, height: 125.0 });
        assert_eq!(plan.whole, (40, 120));
    }

    #[test]
    fn cover_keeps_what_its_gravity_says() {
        let crop = |source: (u32, u32), gravity| {
            let target = Target { gravity, ..target(40, 40, Fit::Cover, false) };
            let Rectangle { left, top, width, height } =
                plan(source.0, source.1, &target).unwrap().crop;
            assert_eq!((width, height), (100.0, 100.0));
            (left, top)
        };
        let [wide, high] = [(300, 100), (100, 300)];
        for (gravity, left, top) in [
            (Gravity::Centre, 100.0, 100.0),
            (Gravity::North, 100.0, 0.0),
            (Gravity::NorthEast, 200.0, 0.0),
            (Gravity::East, 200.0, 100.0),
            (Gravity::SouthEast, 200.0, 200.0),
            (Gravity::South, 100.0, 200.0),
            (Gravity::SouthWest, 0.0, 200.0),
            (Gravity::West, 0.0, 100.0),
            (Gravity::NorthWest, 0.0, 0.0),
            (Gravity::Focal { x: 0, y: 65_535 }, 0.0, 200.0),
            (Gravity::Focal { x: 13_107, y: 32_768 }, 10.0, 100.0 + 300.0 / 65_535.0 / 2.0),
            (Gravity::Focal { x: 60_000, y: 1 }, 200.0, 0.0),
        ] {
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
            let ((x, 0.0), (0.0, y)) = (crop(wide, gravity), crop(high, gravity)) else {
                panic!("{gravity:?} moves the side that is whole")
            };
            assert!(near(x, left) && near(y, top), "{gravity:?}: {x}, {y}");
        }
    }

    #[test]
    fn contain_has_the_box_and_the_picture_inside() {
        let of = |tw, th, enlarge| {
            let plan = plan(300, 100, &target(tw, th, Fit::Contain, enlarge)).unwrap();
            ((plan.width, plan.height), plan.canvas)
        };
        assert_eq!(of(60, 60, false), ((60, 20), (60, 60)));
        assert_eq!(of(400, 200, false), ((300, 100), (400, 200)));
        assert_eq!(of(600, 400, true), ((600, 200), (600, 400)));
        let error = plan(9, 9, &target(u32::MAX, 9, Fit::Contain, false)).unwrap_err();
        assert_eq!(error.code().number(), 300, "{error}");
    }

    #[test]
    fn pixels_are_made_where_the_picture_has_others() {
        let resizes = |source: (u32, u32), tw, th, fit| {
            plan(source.0, source.1, &target(tw, th, fit, false)).unwrap().resizes()
        };
        assert!(!resizes((30, 20), 30, 20, Fit::Inside));
        assert!(!resizes((30, 20), 10, 20, Fit::Cover));
        assert!(!resizes((30, 20), 30, 10, Fit::Cover));
        assert!(resizes((30, 20), 15, 20, Fit::Cover), "it starts at half a column");
        assert!(resizes((30, 20), 30, 15, Fit::Cover), "it starts at half a row");
        assert!(resizes((30, 20), 29, 20, Fit::Stretch));
        assert!(resizes((30, 20), 30, 19, Fit::Stretch));
    }

    #[test]
    fn either_side_may_be_as_long_as_the_format_holds() {
        for (format, most) in [(OutputFormat::Jpeg, 65_535), (OutputFormat::WebP, 16_383)] {
            let made = |width, height| {
                plan(2, 2, &Target { format, ..target(width, height, Fit::Stretch, true) })
            };
            assert!(made(most, most).is_ok(), "{format}");
            for (width, height) in [(most + 1, 1), (1, most + 1)] {
                let error = made(width, height).unwrap_err();
                assert_eq!(error.code().number(), 300, "{error}");
                assert!(error.to_string().contains(&format!("{width} x {height}")), "{error}");
            }
        }
    }

    #[test]
    fn cover_without_enlarging_shows_what_there_is() {
        assert_eq!(size((300, 20), 50, 40, Fit::Cover, false), (50, 20));
        assert_eq!(size((30, 20), 50, 40, Fit::Cover, false), (30, 20));
        let plan = plan(301, 20, &target(50, 40, Fit::Cover, false)).unwrap();
        assert_eq!(plan.crop, Rectangle { left: 125.5, top: 0.0, width: 50.0, height: 20.0 });
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let huge = i32::MAX.cast_unsigned();
        assert_eq!(size((huge, huge), u32::MAX, u32::MAX, Fit::Inside, false), (huge, huge));
        assert_eq!(size((huge, 1), u32::MAX, 1, Fit::Cover, false), (huge, 1));
        let error = plan(1, 1, &target(u32::MAX, 0, Fit::Inside, true)).unwrap_err();
        assert_eq!(error.code().number(), 300);
    }
}
