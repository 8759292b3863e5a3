//! The pipeline: from a request's image to its thumbnails, in the order of the crate's diagram.

use std::ops::Range;

use thumbox_protocol::{Error as RequestError, Frames as Wanted, Limits, Target};

use crate::animation::Sequence;
use crate::budget::Budget;
use crate::codec::{Decoded, Info, Need, Opened, Pixels, open};
use crate::error::{Error, Result};
use crate::film::Film;
use crate::geometry::{Axis, Plan, Rectangle, plan};
use crate::lanczos::Part;
use crate::members::Members;
use crate::picture::Picture;
use crate::reduce::{Side, per_box};
use crate::reply::Thumbnail;

/// Makes one thumbnail. `max_pixels` lowers the limit on the source's pixels; 0 leaves it.
///
/// # Errors
/// 200-204 if the image is wrong or its format is not read or not allowed, 300-304 if a limit is exceeded, 101 for a page that the
/// file does not have, 900 for a bug.
pub(crate) fn thumbnail<'b>(
    image: &[u8],
    target: &Target,
    max_pixels: u32,
    budget: &'b Budget,
) -> Result<Thumbnail<'b>> {
    let made = make_all(image, std::slice::from_ref(target), max_pixels, budget, |_, error| error)?;
    made.into_iter().next().ok_or_else(|| Error::Bug("no thumbnail was made".into()))
}

/// Makes several thumbnails of one image, which is decoded once. `max_pixels`: as for one.
///
/// # Errors
/// As [`thumbnail`]; what concerns one member names it.
pub(crate) fn thumbnails<'b>(
    image: &[u8],
    targets: &[Target],
    max_pixels: u32,
    budget: &'b Budget,
) -> Result<Vec<Thumbnail<'b>>> {
    make_all(image, targets, max_pixels, budget, |index, error| Error::Member {
        index,
        source: Box::new(error),
    })
}

/// What a thumbnail shows, upright, as it would be encoded, and the upright source's size; of an animation, the first frame that
/// is not transparent throughout. `max_pixels`: as for one.
///
/// # Errors
/// As [`thumbnail`].
pub(crate) fn pixels<'b>(
    image: &[u8],
    target: &Target,
    max_pixels: u32,
    budget: &'b Budget,
) -> Result<(Picture<'b>, (u32, u32))> {
    let targets = std::slice::from_ref(target);
    let started = start(image, targets, max_pixels, Counted::All, budget, |_, error| error)?;
    let size = started.info.upright();
    let picture = if started.sequence.is_animation {
        let most = most_frames(&started.info, max_pixels, budget);
        let (mut members, mut film) = started.film(targets, budget)?;
        let mut chosen = None;
        for _ in 0..most {
            if film.advance()?.is_none() {
                break;
            }
            let picture = film.picture()?;
            let is_seen = picture.pixels.chunks_exact(4).any(|pixel| pixel.last() != Some(&0));
            if is_seen || chosen.is_none() {
                chosen = Some(picture);
            }
            if is_seen {
                break;
            }
        }
        drop(film);
        members.pixels(chosen.ok_or_else(without_frames)?)?
    } else {
        let (mut members, pixels) = started.still(targets, budget)?;
        match pixels {
            Pixels::Eight(picture) => members.pixels(picture)?,
            Pixels::Sixteen(picture) => members.pixels(picture)?,
        }
    };
    Ok((picture, size))
}

/// `member` says of an error which target it concerns.
fn make_all<'b>(
    image: &[u8],
    targets: &[Target],
    max_pixels: u32,
    budget: &'b Budget,
    member: impl Fn(usize, Error) -> Error,
) -> Result<Vec<Thumbnail<'b>>> {
    // These hold for all members.
    let (page, wanted) =
        targets.first().map_or((0, Wanted::First), |first| (first.page, first.frames));
    let counted = match (page, wanted) {
        (_, Wanted::All) => Counted::AllShown,
        (0, Wanted::First) => Counted::None,
        (page, Wanted::First) => Counted::Page(page),
    };
    let started = start(image, targets, max_pixels, counted, budget, &member)?;
    if !started.sequence.is_animation {
        let (members, pixels) = started.still(targets, budget)?;
        return match pixels {
            Pixels::Eight(picture) => members.make(picture, member),
            Pixels::Sixteen(picture) => members.make(picture, member),
        };
    }
    let plays = started.sequence.plays;
    let (members, mut film) = started.film(targets, budget)?;
    if wanted == Wanted::All {
        return members.animate(&mut film, plays, member);
    }
    for _ in 0..=page {
        film.advance()?;
    }
    let picture = film.picture()?;
    drop(film);
    members.make(picture, member)
}

fn without_frames() -> Error {
    Error::Bug("an animation of no frame".into())
}

/// The frames or pages that a call has to know of.
#[derive(Clone, Copy)]
enum Counted {
    /// None but the first: counting takes a walk through the file.
    None,
    /// Up to this one, from 0.
    Page(u16),
    /// All; each is decoded.
    AllShown,
    /// All, of which some are decoded.
    All,
}

/// An image that was opened, and the plans of its thumbnails.
struct Started<'a> {
    source: Opened<'a>,
    info: Info,
    sequence: Sequence,
    plans: Vec<Plan>,
    need: Need,
}

fn start<'a>(
    image: &'a [u8],
    targets: &[Target],
    max_pixels: u32,
    counted: Counted,
    budget: &'a Budget,
    member: impl Fn(usize, Error) -> Error,
) -> Result<Started<'a>> {
    let mut source = open(image, budget)?;
    let sequence = match counted {
        Counted::Page(_) => source.sequence(),
        // Pages are not shown one after the other, and counting them takes a walk through the file.
        Counted::AllShown | Counted::All if source.info().animated => source.sequence(),
        Counted::None | Counted::AllShown | Counted::All => Sequence::still(),
    };
    let mut frames = 1;
    match counted {
        Counted::Page(page) => {
            check_page(page, &sequence)?;
            if sequence.is_animation {
                frames = u32::from(page) + 1;
            } else {
                source = source.page(page)?;
            }
        }
        Counted::AllShown if sequence.is_animation => frames = sequence.frames,
        Counted::None | Counted::AllShown | Counted::All => {}
    }
    let info = source.info().clone();
    admit(&info, image.len(), max_pixels, frames, budget)?;
    let (width, height) = info.upright();
    let plans = targets.iter().enumerate();
    let plans = plans
        .map(|(index, target)| plan(width, height, target).map_err(|error| member(index, error)));
    let plans = plans.collect::<Result<Vec<_>>>()?;
    if let Counted::AllShown = counted {
        for (index, plan) in plans.iter().enumerate() {
            let limit = most_pixels(0, budget);
            check_frames(frames, plan.canvas, "written", limit)
                .map_err(|error| member(index, error))?;
        }
    }
    let refuse_truncated = targets.iter().any(|target| target.refuse_truncated);
    let need = need(&info, &plans, refuse_truncated);
    Ok(Started { source, info, sequence, plans, need })
}

impl<'a> Started<'a> {
    /// Decodes a picture.
    fn still<'t, 'b: 'a>(
        self,
        targets: &'t [Target],
        budget: &'b Budget,
    ) -> Result<(Members<'t, 'a, 'b>, Pixels<'a>)> {
        let Self { source, info, plans, need, .. } = self;
        let Decoded { pixels, across, down, profile } = source.decode(&need, budget)?;
        Ok((Members { targets, plans, info, across, down, profile, budget }, pixels))
    }

    /// The frames of an animation.
    fn film<'t, 'b: 'a>(
        self,
        targets: &'t [Target],
        budget: &'b Budget,
    ) -> Result<(Members<'t, 'a, 'b>, Film<'a>)> {
        let Self { source, info, plans, need, .. } = self;
        let (across, down) = (Axis::boxes(need.across), Axis::boxes(need.down));
        let film = Film::new(source, &info, need, budget)?;
        let profile = film.profile()?;
        Ok((Members { targets, plans, info, across, down, profile, budget }, film))
    }
}

/// Refuses a page or frame that the file does not have.
fn check_page(page: u16, sequence: &Sequence) -> Result<()> {
    let count = sequence.frames;
    if u32::from(page) < count || page == 0 {
        return Ok(());
    }
    let allowed = match count {
        0 | 1 => "the file has 1 (0)".to_owned(),
        count => format!("the file has {count} (0-{})", count - 1),
    };
    Err(RequestError::parameter("page", page, allowed).into())
}

/// Pixels of a source, or of all frames that are decoded.
fn most_pixels(max_pixels: u32, budget: &Budget) -> u64 {
    let limit = match max_pixels {
        0 => budget.limits().max_pixels,
        lower => budget.limits().max_pixels.min(lower.into()),
    };
    // A host that builds its limits itself may have set more.
    limit.min(Limits::MOST_PIXELS)
}

/// Frames that may be decoded, one at the least.
fn most_frames(info: &Info, max_pixels: u32, budget: &Budget) -> u32 {
    let pixels = u64::from(info.width) * u64::from(info.height);
    let most = most_pixels(max_pixels, budget) / pixels.max(1);
    u32::try_from(most).unwrap_or(MOST_FRAMES).clamp(1, MOST_FRAMES)
}

/// Frames of an animation, at the most.
const MOST_FRAMES: u32 = 10_000;

/// Checks the limits on pixels and frames, then sets the work budget for decoding. `length`: bytes of the file; `frames`: those
/// that are decoded.
fn admit(info: &Info, length: usize, max_pixels: u32, frames: u32, budget: &Budget) -> Result<()> {
    let limit = most_pixels(max_pixels, budget);
    let pixels = u64::from(info.width) * u64::from(info.height);
    if pixels > limit {
        return Err(Error::Pixels {
            what: format!("the image has {} x {} = {pixels} pixels", info.width, info.height),
            allowed: format!("the limit is {limit}"),
        });
    }
    check_frames(frames, (info.width, info.height), "decoded", limit)?;
    budget.allow_work(info.format, pixels * u64::from(frames), length as u64);
    Ok(())
}

/// Checks the limits on frames and on the pixels of all of them.
fn check_frames(frames: u32, (width, height): (u32, u32), done: &str, limit: u64) -> Result<()> {
    let all = u64::from(width) * u64::from(height) * u64::from(frames);
    if frames <= MOST_FRAMES && (frames <= 1 || all <= limit) {
        return Ok(());
    }
    Err(Error::Frames {
        what: format!(
            "{frames} frames of {width} x {height} pixels would be {done}, {all} pixels in all"
        ),
        allowed: format!("up to {MOST_FRAMES} frames and {limit} pixels are allowed"),
    })
}

/// The least size, as stored, that serves every plan, and the part that they show.
fn need(info: &Info, plans: &[Plan], refuse_truncated: bool) -> Need {
    let width = plans.iter().map(|plan| plan.whole.0).max().unwrap_or(info.width);
    let height = plans.iter().map(|plan| plan.whole.1).max().unwrap_or(info.height);
    let (width, height) = info.stored((width, height));
    let (mut across, mut down) = (Vec::new(), Vec::new());
    // What a crop is to be chosen from is all of the picture.
    let chooses = plans.iter().any(|plan| plan.attention);
    for plan in plans {
        let crop = if plan.attention { Rectangle::all(info.upright()) } else { plan.crop };
        let crop = info.stored_part(crop);
        let (width, height) = info.stored((plan.width, plan.height));
        across.push((crop.left, crop.width, width));
        down.push((crop.top, crop.height, height));
    }
    let (shown, across) = (down, side(info.width, width, &across));
    let down = side(info.height, height, &shown);
    let rows = if chooses { None } else { rows(across, down, &shown) };
    Need { width, height, across, down, rows, refuse_truncated }
}

/// A stored side of which `whole` pixels are the largest thumbnail's scale. `shown`: where what a plan shows begins, its length, and the pixels that become of it.
fn side(stored: u32, whole: u32, shown: &[(f64, f64, u32)]) -> Side {
    let per_box = per_box(stored, whole);
    let mut needed: Option<Range<u32>> = None;
    for (start, length, pixels) in shown {
        // Lanczos3 reads three pixels around a pixel, of the picture or of the thumbnail, whichever are larger.
        let reach = 3.0 * f64::from(per_box).max(length / f64::from(*pixels)) + f64::from(per_box);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` stops at the ends of u32"
        )]
        let range = (start - reach).floor() as u32..(start + length + reach).ceil() as u32;
        needed = Some(match needed {
            None => range,
            Some(others) => others.start.min(range.start)..others.end.max(range.end),
        });
    }
    Side::new(stored, per_box, needed.unwrap_or(0..stored))
}

/// What becomes of the decoded rows, if one plan is to be served and nothing is reduced.
fn rows(across: Side, down: Side, shown: &[(f64, f64, u32)]) -> Option<Part> {
    let &[(start, length, count)] = shown else { return None };
    let is_whole = across.per_box == 1 && down.per_box == 1;
    let axis = Axis::boxes(down);
    let (start, length) = (axis.place(start), axis.length(length));
    // As the resizer is told.
    let length = length.min(f64::from(down.count) - start);
    let part = Part { start, length, count };
    (is_whole && length > 0.0 && part.resizes()).then_some(part)
}
