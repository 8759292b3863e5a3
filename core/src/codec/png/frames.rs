//! The frames of an animated PNG (W3C PNG, third edition, sections 4.10 and 11.3.6).

use thumbox_protocol::Format;

use super::chunks::{FRAME_DATA, Headers, chunk};
use super::decoder::read_8;
use super::profile::profile;
use crate::animation::{Blend, Disposal, Frame, Frames};
use crate::budget::Budget;
use crate::codec::interface::Need;
use crate::colour::Profile;
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// What fcTL says of the next frame.
#[derive(Clone, Copy)]
pub(super) struct Control {
    width: u32,
    height: u32,
    x: u32,
    y: u32,
    /// Seconds, as a fraction; a denominator of 0 stands for 100.
    delay: (u16, u16),
    disposal: u8,
    blend: u8,
}

impl Control {
    fn read(body: &[u8]) -> Option<Self> {
        let mut body = Cursor::at(body, 4);
        let [width, height, x, y] =
            [body.u32_be()?, body.u32_be()?, body.u32_be()?, body.u32_be()?];
        let delay = (body.u16_be()?, body.u16_be()?);
        let [disposal, blend] = body.array()?;
        Some(Self { width, height, x, y, delay, disposal, blend })
    }

    /// Rounded down, as browsers do.
    pub(super) fn duration_ms(self) -> u32 {
        let (numerator, denominator) = self.delay;
        let denominator = if denominator == 0 { 100 } else { u32::from(denominator) };
        u32::from(numerator) * 1000 / denominator
    }

    /// Refuses a frame that is not on its canvas.
    fn check(self, canvas: (u32, u32)) -> Result<()> {
        let Self { width, height, x, y, .. } = self;
        let lies = |start: u32, length: u32, all: u32| {
            length > 0 && u64::from(start) + u64::from(length) <= u64::from(all)
        };
        if lies(x, width, canvas.0) && lies(y, height, canvas.1) {
            return Ok(());
        }
        let detail = format!(
            "a frame of {width} x {height} pixels at {x}, {y} lies beyond its canvas of {} x {}",
            canvas.0, canvas.1
        );
        Err(Error::corrupt(Format::Png, detail))
    }
}

/// The frames' controls, each with the file from its data on.
pub(super) struct Controls<'a>(Cursor<'a>);

impl<'a> Controls<'a> {
    pub(super) fn of(headers: &Headers<'a>) -> Self {
        Self(Cursor::new(headers.chunks))
    }
}

impl<'a> Iterator for Controls<'a> {
    type Item = (Control, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut control = None;
        loop {
            let rest = self.0.rest();
            let found = chunk(&mut self.0)?;
            match (&found.kind, control) {
                (b"IEND", _) => return None,
                (b"fcTL", _) => control = Control::read(found.body),
                (b"IDAT" | FRAME_DATA, Some(control)) => return Some((control, rest)),
                _ => {}
            }
        }
    }
}

/// The frames of a PNG.
pub(super) struct PngFrames<'a> {
    /// Of the file, but with the current frame's size and data.
    headers: Headers<'a>,
    canvas: (u32, u32),
    controls: Controls<'a>,
}

impl<'a> PngFrames<'a> {
    pub(super) fn new(headers: Headers<'a>) -> Self {
        let controls = Controls::of(&headers);
        let canvas = (headers.info.width, headers.info.height);
        Self { headers, canvas, controls }
    }
}

impl<'a> Frames<'a> for PngFrames<'a> {
    fn next(&mut self, refuse_truncated: bool, budget: &'a Budget) -> Result<Option<Frame<'a>>> {
        let Some((control, data)) = self.controls.next() else { return Ok(None) };
        control.check(self.canvas)?;
        let Control { width, height, x, y, .. } = control;
        let headers = &mut self.headers;
        (headers.info.width, headers.info.height, headers.data) = (width, height, data);
        let need = Need::whole((width, height), refuse_truncated);
        Ok(Some(Frame {
            x,
            y,
            picture: Some(read_8(headers, &need, budget)?),
            blend: if control.blend == 0 { Blend::Replace } else { Blend::Over },
            disposal: match control.disposal {
                1 => Disposal::Clear,
                2 => Disposal::Restore,
                _ => Disposal::Leave,
            },
            duration_ms: control.duration_ms(),
        }))
    }

    fn profile(&self, budget: &'a Budget) -> Result<Option<Profile<'a>>> {
        profile(&self.headers, budget)
    }
}
