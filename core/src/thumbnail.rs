//! The pipeline: from a request's image to its thumbnails, in the order of the crate's diagram.

use std::ops::Range;

use thumbox_protocol::{
    Colour, Error as RequestError, Frames as Wanted, Limits, OutputFormat, Target,
};

use crate::animation::{Canvas, Frames, Sequence};
use crate::attention::{self, Attention};
use crate::budget::Budget;
use crate::codec::{Animation, Decoded, Info, Need, Pixels, encode, open};
use crate::colour::{Conversion, Embedded, Profile};
use crate::error::{Error, Result};
use crate::flatten::{WHITE, flatten};
use crate::geometry::{Axis, Plan, Rectangle, inside, plan};
use crate::lanczos::Part;
use crate::orient::upright;
use crate::pad::pad;
use crate::picture::{Layout, Picture};
use crate::reduce::{Order, Side, per_box};
use crate::reply::Thumbnail;
use crate::resize::{Resizable, premultiply, resize};

/// Makes one thumbnail. `max_pixels` lowers the limit on the source's pixels; 0 leaves it.
///
/// # Errors
/// 200-204 if the image is wrong or its format is not read or not allowed, 300-303 if a limit is exceeded, 900 for a bug.
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
    let mut source = open(image, budget)?;
    // Counting them takes a walk through the file.
    let counts = page > 0 || wanted == Wanted::All;
    let sequence = if counts { source.sequence() } else { Sequence::still() };
    check_page(page, &sequence)?;
    if page > 0 && !sequence.is_animation {
        source = source.page(page)?;
    }
    let info = source.info().clone();
    let shown = match wanted {
        Wanted::All => sequence.frames,
        Wanted::First => u32::from(page) + 1,
    };
    let frames = if sequence.is_animation { shown } else { 1 };
    admit(&info, image.len(), max_pixels, frames, budget)?;
    let (width, height) = info.upright();
    let plans = targets.iter().enumerate();
    let plans = plans
        .map(|(index, target)| plan(width, height, target).map_err(|error| member(index, error)));
    let plans = plans.collect::<Result<Vec<_>>>()?;
    let refuse_truncated = targets.iter().any(|target| target.refuse_truncated);
    let need = need(&info, &plans, refuse_truncated);
    let members = |info, across, down, profile| Members {
        targets,
        plans,
        info,
        across,
        down,
        profile,
        budget,
    };
    if !sequence.is_animation {
        let Decoded { pixels, across, down, profile } = source.decode(&need, budget)?;
        let members = members(info, across, down, profile);
        return match pixels {
            Pixels::Eight(picture) => members.make(picture, member),
            Pixels::Sixteen(picture) => members.make(picture, member),
        };
    }
    let frames = source.frames(budget)?;
    let (across, down) = (Axis::boxes(need.across), Axis::boxes(need.down));
    let canvas = Canvas::new((info.width, info.height), budget)?;
    let mut film = Film { frames, canvas, need, shown: 0, budget };
    let members = members(info, across, down, film.frames.profile(budget)?);
    match wanted {
        Wanted::All => members.animate(&mut film, sequence.plays, member),
        Wanted::First => {
            let mut last = film.next()?;
            for _ in 0..page {
                last = film.next()?.or(last);
            }
            let (picture, _) = last.ok_or_else(|| Error::Bug("an animation of no frame".into()))?;
            drop(film);
            members.make(picture, member)
        }
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

/// The frames of an animation, reduced as thumbnails need them.
struct Film<'a> {
    frames: Box<dyn Frames<'a> + 'a>,
    canvas: Canvas<'a>,
    need: Need,
    /// Frames so far.
    shown: u32,
    budget: &'a Budget,
}

impl<'a> Film<'a> {
    /// What is shown next, and for how many milliseconds; `None` after the last frame, and where the file is broken or ends, if
    /// that is no error.
    fn next(&mut self) -> Result<Option<(Picture<'a>, u32)>> {
        let frame = match self.frames.next(self.need.refuse_truncated, self.budget) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(Error::Corrupt { .. } | Error::Truncated { .. })
                if self.shown > 0 && !self.need.refuse_truncated =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.shown += 1;
        self.canvas.draw(&frame)?;
        let duration_ms = frame.duration_ms;
        drop(frame);
        let mut reducer = self.need.reducer::<u8>(Layout::Rgba, Order::Down, self.budget)?;
        let rows = reducer.rows();
        let canvas = &self.canvas.picture;
        let stored = (0..canvas.height).zip(canvas.pixels.chunks_exact(canvas.stride()));
        for (y, row) in stored.filter(|(y, _)| rows.contains(y)) {
            reducer.put(y, 0, 1, row);
        }
        Ok(Some((reducer.finish(), duration_ms)))
    }
}

/// Frames of an animation, at the most.
const MOST_FRAMES: u32 = 10_000;

/// Checks the limits on pixels and frames, then sets the work budget for decoding. `length`: bytes of the file; `frames`: those
/// that are decoded.
fn admit(info: &Info, length: usize, max_pixels: u32, frames: u32, budget: &Budget) -> Result<()> {
    let limit = match max_pixels {
        0 => budget.limits().max_pixels,
        lower => budget.limits().max_pixels.min(lower.into()),
    };
    // A host that builds its limits itself may have set more.
    let limit = limit.min(Limits::MOST_PIXELS);
    let pixels = u64::from(info.width) * u64::from(info.height);
    if pixels > limit {
        return Err(Error::Pixels {
            what: format!("the image has {} x {} = {pixels} pixels", info.width, info.height),
            allowed: format!("the limit is {limit}"),
        });
    }
    let all = pixels * u64::from(frames);
    if frames > MOST_FRAMES || frames > 1 && all > limit {
        let (width, height) = (info.width, info.height);
        return Err(Error::Frames {
            what: format!(
                "{frames} frames of {width} x {height} pixels would be decoded, {all} pixels in all"
            ),
            allowed: format!("up to {MOST_FRAMES} frames and {limit} pixels are allowed"),
        });
    }
    budget.allow_work(info.format, all, length as u64);
    Ok(())
}

/// The least size, as stored, that serves every plan, and the part that they show.
fn need(info: &Info, plans: &[Plan], refuse_truncated: bool) -> Need {
    let width = plans.iter().map(|plan| plan.whole.0).max().unwrap_or(info.width);
    let height = plans.iter().map(|plan| plan.whole.1).max().unwrap_or(info.height);
    let (width, height) = stored(info, (width, height));
    let (mut across, mut down) = (Vec::new(), Vec::new());
    // What a crop is to be chosen from is all of the picture.
    let chooses = plans.iter().any(|plan| plan.attention);
    for plan in plans {
        let crop = if plan.attention { Rectangle::all(info.upright()) } else { plan.crop };
        let crop = stored_crop(info, crop);
        let (width, height) = stored(info, (plan.width, plan.height));
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

fn stored(info: &Info, (width, height): (u32, u32)) -> (u32, u32) {
    if info.orientation.swaps_sides() { (height, width) } else { (width, height) }
}

/// A crop of the upright picture on the stored one.
fn stored_crop(info: &Info, crop: Rectangle) -> Rectangle {
    let orientation = info.orientation;
    let Rectangle { mut left, mut top, mut width, mut height } = crop;
    if orientation.swaps_sides() {
        (left, top, width, height) = (top, left, height, width);
    }
    if orientation.mirrors_columns() {
        left = (f64::from(info.width) - width) - left;
    }
    if orientation.mirrors_rows() {
        top = (f64::from(info.height) - height) - top;
    }
    Rectangle { left, top, width, height }
}

/// A thumbnail that is not encoded yet.
struct Drawn<'b> {
    picture: Picture<'b>,
    /// The profile of the space that it stays in.
    profile: Option<Embedded<'b>>,
}

/// All that thumbnails are made from but the decoded picture.
struct Members<'t, 'p, 'b> {
    targets: &'t [Target],
    plans: Vec<Plan>,
    info: Info,
    across: Axis,
    down: Axis,
    profile: Option<Profile<'p>>,
    budget: &'b Budget,
}

impl<'b> Members<'_, '_, 'b> {
    fn make<S: Resizable>(
        mut self,
        mut picture: Picture<'_, S>,
        member: impl Fn(usize, Error) -> Error,
    ) -> Result<Vec<Thumbnail<'b>>> {
        // Premultiplying and dividing again loses precision at low alpha, so it is not done if nothing is resized.
        let premultiplied = self.plans.iter().any(|plan| plan.resizes() || plan.attention);
        if premultiplied {
            premultiply(&mut picture)?;
        }
        let conversion = Conversion::new(self.profile.as_ref(), picture.layout, self.budget)?;
        if self.plans.iter().any(|plan| plan.attention) {
            self.place(&picture, &conversion)?;
        }
        let members = self.targets.iter().zip(&self.plans).enumerate();
        let made = members.map(|(index, (target, plan))| {
            self.one(&picture, premultiplied, &conversion, target, plan)
                .map_err(|error| member(index, error))
        });
        made.collect()
    }

    /// Places the crops that attention places, on a small copy of the premultiplied picture.
    fn place<S: Resizable>(
        &mut self,
        picture: &Picture<'_, S>,
        conversion: &Conversion<'b, S>,
    ) -> Result<()> {
        let size = self.info.upright();
        let all = self.on_decoded(Rectangle::all(size));
        let bounds = (attention::SIDE, attention::SIDE);
        let (width, height) = inside((picture.width, picture.height), bounds, false);
        let copy = resize(picture, true, all, width, height, self.budget)?;
        let copy = conversion.to_srgb(copy, self.budget)?;
        let attention = Attention::of(&upright(copy, self.info.orientation, self.budget)?);
        for plan in self.plans.iter_mut().filter(|plan| plan.attention) {
            plan.crop = plan.crop.moved(size, attention.place(plan.crop, size));
        }
        Ok(())
    }

    /// Makes an animation for each member, and shows every frame to all of them.
    fn animate(
        mut self,
        film: &mut Film<'_>,
        plays: u16,
        member: impl Fn(usize, Error) -> Error,
    ) -> Result<Vec<Thumbnail<'b>>> {
        let budget = self.budget;
        let conversion = Conversion::new(self.profile.as_ref(), Layout::Rgba, budget)?;
        let mut files: Vec<Animation<'b>> = Vec::new();
        while let Some((mut picture, duration_ms)) = film.next()? {
            let premultiplied = self.plans.iter().any(|plan| plan.resizes() || plan.attention);
            if premultiplied {
                premultiply(&mut picture)?;
            }
            // The first frame's place is that of all.
            if self.plans.iter().any(|plan| plan.attention) {
                self.place(&picture, &conversion)?;
                self.plans.iter_mut().for_each(|plan| plan.attention = false);
            }
            let members = self.targets.iter().zip(&self.plans).enumerate();
            for (index, (target, plan)) in members {
                let made = self.drawn(&picture, premultiplied, &conversion, target, plan).and_then(
                    |drawn| {
                        if files.get(index).is_none() {
                            let profile = drawn.profile.as_ref().map(|file| file.bytes.as_slice());
                            files.push(Animation::new(
                                plan.canvas,
                                plays,
                                profile,
                                target,
                                budget,
                            )?);
                        }
                        match files.get_mut(index) {
                            Some(file) => file.add(drawn.picture, duration_ms),
                            None => Ok(()),
                        }
                    },
                );
                made.map_err(|error| member(index, error))?;
            }
        }
        let files = files.into_iter().zip(self.targets).zip(&self.plans);
        files
            .map(|((file, target), plan)| {
                let (width, height) = plan.canvas;
                Ok(Thumbnail { width, height, format: target.format, file: file.finish()? })
            })
            .collect()
    }

    /// Draws and encodes.
    fn one<S: Resizable>(
        &self,
        picture: &Picture<'_, S>,
        premultiplied: bool,
        conversion: &Conversion<'b, S>,
        target: &Target,
        plan: &Plan,
    ) -> Result<Thumbnail<'b>> {
        let Drawn { picture, profile } =
            self.drawn(picture, premultiplied, conversion, target, plan)?;
        let profile = profile.as_ref().map(|profile| profile.bytes.as_slice());
        let file = encode(&picture, target, profile, self.budget)?;
        let (width, height) = plan.canvas;
        Ok(Thumbnail { width, height, format: target.format, file })
    }

    /// Resizes, converts to sRGB, turns upright and lays over the background.
    fn drawn<S: Resizable>(
        &self,
        picture: &Picture<'_, S>,
        premultiplied: bool,
        conversion: &Conversion<'b, S>,
        target: &Target,
        plan: &Plan,
    ) -> Result<Drawn<'b>> {
        let budget = self.budget;
        let (width, height) = stored(&self.info, (plan.width, plan.height));
        let mut crop = self.on_decoded(plan.crop);
        if picture.has_final_rows {
            (crop.top, crop.height) = (0.0, picture.height.into());
        }
        let resized = resize(picture, premultiplied, crop, width, height, budget)?;
        let own_profile = self.own_profile(conversion, resized.layout, target);
        let mut background = target.background;
        let converted = if own_profile.is_some() {
            background = background.map(|colour| conversion.own_colour(resized.layout, colour));
            Conversion::kept(resized, budget)?
        } else {
            conversion.to_srgb(resized, budget)?
        };
        let mut made = upright(converted, self.info.orientation, budget)?;
        if target.format == OutputFormat::Jpeg {
            let background = background.unwrap_or(WHITE);
            made = pad(made, plan.canvas, Some(background), budget)?;
            flatten(&mut made, background, budget)?;
        } else {
            made = pad(made, plan.canvas, background, budget)?;
        }
        let profile = own_profile.map(|profile| Embedded::new(profile, budget)).transpose()?;
        Ok(Drawn { picture: made, profile })
    }

    /// The profile of a thumbnail that stays in its picture's own space; `None` for one that becomes sRGB.
    fn own_profile<S: Resizable>(
        &self,
        conversion: &Conversion<'b, S>,
        layout: Layout,
        target: &Target,
    ) -> Option<&Profile<'_>> {
        // WebP has no grey, and grey beside a colour becomes RGB.
        let is_grey = |[red, green, blue]: [u8; 3]| red == green && green == blue;
        let can_stay = match layout {
            Layout::Grey | Layout::GreyAlpha => {
                target.format != OutputFormat::WebP && target.background.is_none_or(is_grey)
            }
            Layout::Rgb | Layout::Rgba => true,
            Layout::Cmyk => false,
        };
        let keeps = target.colour == Colour::Keep && can_stay && conversion.has_own_space();
        self.profile.as_ref().filter(|_| keeps)
    }

    /// A part of the upright picture on the decoded one.
    fn on_decoded(&self, part: Rectangle) -> Rectangle {
        let Rectangle { left, top, width, height } = stored_crop(&self.info, part);
        Rectangle {
            left: self.across.place(left),
            top: self.down.place(top),
            width: self.across.length(width),
            height: self.down.length(height),
        }
    }
}
