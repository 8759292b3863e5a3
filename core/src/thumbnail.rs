//! The pipeline: from a request's image to its thumbnails, in the order of the crate's diagram.

use thumbox_protocol::{Limits, Target};

use crate::budget::Budget;
use crate::codec::{Info, Need, Opened, Sink, encode, open};
use crate::colour::to_srgb;
use crate::error::{Error, Result};
use crate::geometry::{Plan, Rectangle, plan};
use crate::orient::upright;
use crate::picture::Picture;
use crate::reply::Thumbnail;
use crate::resize::{premultiply, resize};

/// Makes one thumbnail. `max_pixels` lowers the limit on the source's pixels; 0 leaves it.
///
/// # Errors
/// 200-203 if the image is wrong or its format is not allowed, 300-303 if a limit is exceeded, 900 for a bug.
pub(crate) fn thumbnail<'b>(
    image: &[u8],
    target: &Target,
    max_pixels: u32,
    budget: &'b Budget,
) -> Result<Thumbnail<'b>> {
    let source = open(image, budget)?;
    let info = source.info().clone();
    admit(&info, image.len(), max_pixels, budget)?;
    let (width, height) = info.upright();
    let plan = plan(width, height, target)?;
    let picture = decode(source, &[plan], target.refuse_truncated, budget)?;
    make(&picture, &info, &plan, target, budget)
}

/// Makes several thumbnails of one image, which is decoded once.
///
/// # Errors
/// As [`thumbnail`]; what concerns one member names it.
pub(crate) fn thumbnails<'b>(
    image: &[u8],
    targets: &[Target],
    budget: &'b Budget,
) -> Result<Vec<Thumbnail<'b>>> {
    let member = |index, error| Error::Member { index, source: Box::new(error) };
    let source = open(image, budget)?;
    let info = source.info().clone();
    admit(&info, image.len(), 0, budget)?;
    let (width, height) = info.upright();
    let plans = targets.iter().enumerate();
    let plans = plans
        .map(|(index, target)| plan(width, height, target).map_err(|error| member(index, error)));
    let plans = plans.collect::<Result<Vec<_>>>()?;
    let refuse_truncated = targets.iter().any(|target| target.refuse_truncated);
    let picture = decode(source, &plans, refuse_truncated, budget)?;
    let made = targets.iter().zip(&plans).enumerate().map(|(index, (target, plan))| {
        make(&picture, &info, plan, target, budget).map_err(|error| member(index, error))
    });
    made.collect()
}

/// Checks the limit on pixels, then sets the work budget for decoding. `length`: bytes of the file.
fn admit(info: &Info, length: usize, max_pixels: u32, budget: &Budget) -> Result<()> {
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
    budget.allow_work(info.format, pixels, length as u64);
    Ok(())
}

/// Decodes, converts to sRGB, and premultiplies alpha if any plan resizes.
fn decode<'b>(
    source: Opened<'b>,
    plans: &[Plan],
    refuse_truncated: bool,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    let mut out = Sink::new(budget);
    let need = need(source.info(), plans, refuse_truncated);
    let profile = source.decode(&need, &mut out, budget)?;
    let mut picture = out.finish()?;
    to_srgb(&mut picture, profile.as_ref(), budget)?;
    drop(profile);
    // Premultiplying and dividing again loses precision at low alpha, so it is not done if no plan resizes.
    if plans.iter().any(Plan::resizes) {
        premultiply(&mut picture)?;
    }
    Ok(picture)
}

/// The least size, as stored, that serves every plan.
fn need(info: &Info, plans: &[Plan], refuse_truncated: bool) -> Need {
    let width = plans.iter().map(|plan| plan.whole.0).max().unwrap_or(info.width);
    let height = plans.iter().map(|plan| plan.whole.1).max().unwrap_or(info.height);
    let (width, height) = stored(info, (width, height));
    Need { width, height, refuse_truncated }
}

/// Resizes, turns upright and encodes.
fn make<'b>(
    picture: &Picture<'_>,
    info: &Info,
    plan: &Plan,
    target: &Target,
    budget: &'b Budget,
) -> Result<Thumbnail<'b>> {
    let (width, height) = stored(info, (plan.width, plan.height));
    let resized = resize(picture, crop(picture.scale, info, plan.crop), width, height, budget)?;
    let upright = upright(resized, info.orientation, budget)?;
    let file = encode(upright, target, budget)?;
    Ok(Thumbnail { width: plan.width, height: plan.height, format: target.format, file })
}

/// A crop of the upright picture on the picture as it was decoded: stored, and maybe reduced. Crops are
/// centred, so that mirroring changes nothing.
fn crop(scale: f64, info: &Info, crop: Rectangle) -> Rectangle {
    let crop = if info.orientation.swaps_sides() {
        Rectangle { left: crop.top, top: crop.left, width: crop.height, height: crop.width }
    } else {
        crop
    };
    Rectangle {
        left: crop.left * scale,
        top: crop.top * scale,
        width: crop.width * scale,
        height: crop.height * scale,
    }
}

fn stored(info: &Info, (width, height): (u32, u32)) -> (u32, u32) {
    if info.orientation.swaps_sides() { (height, width) } else { (width, height) }
}
