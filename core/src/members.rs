//! The thumbnails of one image, made of what was decoded.

use thumbox_protocol::{Colour, OutputFormat, Target};

use crate::attention::{self, Attention};
use crate::budget::Budget;
use crate::codec::{Animation, Info, encode};
use crate::colour::{Conversion, Embedded, Profile};
use crate::error::{Error, Result};
use crate::film::Film;
use crate::flatten::{WHITE, flatten};
use crate::geometry::{Axis, Plan, Rectangle, inside};
use crate::orient::upright;
use crate::pad::pad;
use crate::picture::{Layout, Picture};
use crate::reply::Thumbnail;
use crate::resize::{Resizable, premultiply, resize};

/// A thumbnail that is not encoded yet.
struct Drawn<'m, 'b> {
    picture: Picture<'b>,
    /// The profile of the space that it stays in.
    profile: Option<&'m Profile<'m>>,
}

/// All that thumbnails are made from but the decoded picture.
pub(crate) struct Members<'t, 'p, 'b> {
    pub(crate) targets: &'t [Target],
    pub(crate) plans: Vec<Plan>,
    pub(crate) info: Info,
    pub(crate) across: Axis,
    pub(crate) down: Axis,
    pub(crate) profile: Option<Profile<'p>>,
    pub(crate) budget: &'b Budget,
}

impl<'b> Members<'_, '_, 'b> {
    /// Makes all of them of a picture.
    ///
    /// # Errors
    /// Codes 300 to 302 for the limits, of which `member` says whose they are.
    pub(crate) fn make<S: Resizable>(
        mut self,
        mut picture: Picture<'_, S>,
        member: impl Fn(usize, Error) -> Error,
    ) -> Result<Vec<Thumbnail<'b>>> {
        let conversion = Conversion::new(self.profile.as_ref(), picture.layout, self.budget)?;
        let premultiplied = self.prepare(&mut picture, &conversion)?;
        let members = self.targets.iter().zip(&self.plans).enumerate();
        let made = members.map(|(index, (target, plan))| {
            self.one(&picture, premultiplied, &conversion, target, plan)
                .map_err(|error| member(index, error))
        });
        made.collect()
    }

    /// What the first thumbnail shows.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn pixels<S: Resizable>(
        &mut self,
        mut picture: Picture<'_, S>,
    ) -> Result<Picture<'b>> {
        let conversion = Conversion::new(self.profile.as_ref(), picture.layout, self.budget)?;
        let premultiplied = self.prepare(&mut picture, &conversion)?;
        let (Some(target), Some(plan)) = (self.targets.first(), self.plans.first()) else {
            return Err(Error::Bug("no thumbnail was asked for".into()));
        };
        Ok(self.drawn(&picture, premultiplied, &conversion, target, plan)?.picture)
    }

    /// Multiplies a picture by its alpha and places crops, where that is to be done. Says whether it is premultiplied.
    fn prepare<S: Resizable>(
        &mut self,
        picture: &mut Picture<'_, S>,
        conversion: &Conversion<'b, S>,
    ) -> Result<bool> {
        // Premultiplying and dividing again loses precision at low alpha, so it is not done if nothing is resized.
        let premultiplied = self.plans.iter().any(|plan| plan.resizes() || plan.attention);
        if premultiplied {
            premultiply(picture)?;
        }
        if self.plans.iter().any(|plan| plan.attention) {
            self.place(picture, conversion)?;
        }
        Ok(premultiplied)
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
            // Of an animation, the first frame's place is that of all.
            plan.attention = false;
        }
        Ok(())
    }

    /// Makes an animation for each member, and shows every frame to all of them.
    ///
    /// # Errors
    /// As decoding, and as [`Members::make`].
    pub(crate) fn animate(
        mut self,
        film: &mut Film<'_>,
        plays: u16,
        member: impl Fn(usize, Error) -> Error,
    ) -> Result<Vec<Thumbnail<'b>>> {
        let budget = self.budget;
        let conversion = Conversion::new(self.profile.as_ref(), Layout::Rgba, budget)?;
        let mut files: Vec<Animation<'b>> = Vec::new();
        while let Some(duration_ms) = film.advance()? {
            let mut picture = film.picture()?;
            let premultiplied = self.prepare(&mut picture, &conversion)?;
            for (index, (target, plan)) in self.targets.iter().zip(&self.plans).enumerate() {
                let mut add = || {
                    let Drawn { picture, profile } =
                        self.drawn(&picture, premultiplied, &conversion, target, plan)?;
                    if files.get(index).is_none() {
                        let profile = embedded(profile, budget)?;
                        let profile = profile.as_ref().map(|profile| profile.bytes.as_slice());
                        files.push(Animation::new(plan.canvas, plays, profile, target, budget)?);
                    }
                    files.get_mut(index).map_or(Ok(()), |file| file.add(picture, duration_ms))
                };
                add().map_err(|error| member(index, error))?;
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
        let profile = embedded(profile, self.budget)?;
        let profile = profile.as_ref().map(|profile| profile.bytes.as_slice());
        let file = encode(&picture, target, profile, self.budget)?;
        let (width, height) = plan.canvas;
        Ok(Thumbnail { width, height, format: target.format, file })
    }

    /// Resizes, converts to sRGB, turns upright and lays over the background.
    fn drawn<'m, S: Resizable>(
        &'m self,
        picture: &Picture<'_, S>,
        premultiplied: bool,
        conversion: &Conversion<'b, S>,
        target: &Target,
        plan: &Plan,
    ) -> Result<Drawn<'m, 'b>> {
        let budget = self.budget;
        let (width, height) = self.info.stored((plan.width, plan.height));
        let mut crop = self.on_decoded(plan.crop);
        if picture.has_final_rows {
            (crop.top, crop.height) = (0.0, picture.height.into());
        }
        let resized = resize(picture, premultiplied, crop, width, height, budget)?;
        let own_profile = self.own_profile(conversion, resized.layout, target);
        let mut background = target.background;
        let converted = if own_profile.is_some() {
            background = background.map(|colour| conversion.own_colour(resized.layout, colour));
            S::into_8(resized, budget)?
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
        Ok(Drawn { picture: made, profile: own_profile })
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
        let Rectangle { left, top, width, height } = self.info.stored_part(part);
        Rectangle {
            left: self.across.place(left),
            top: self.down.place(top),
            width: self.across.length(width),
            height: self.down.length(height),
        }
    }
}

/// The file of a profile that a thumbnail carries.
fn embedded<'b>(profile: Option<&Profile<'_>>, budget: &'b Budget) -> Result<Option<Embedded<'b>>> {
    profile.map(|profile| Embedded::new(profile, budget)).transpose()
}
