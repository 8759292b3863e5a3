//! Scans: which components, in what MCUs, between which restarts (T.81, B.2.3, A.2 and E.2.4).

use thumbox_protocol::Format;

use super::bitstream::Window;
use super::markers::{ends_data, find_marker};
use super::scaled::{ScaledComponent, ScaledFrame};
use crate::error::{Error, Result};

/// A scan's header.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// The components by their places in the frame, with their table numbers.
    pub(super) members: Vec<Member>,
    /// The band of coefficients, in zigzag order, and the bits of a successive approximation.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) high: u32,
    pub(super) low: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) component: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

impl Scan {
    pub(super) fn parse(body: &[u8], frame: &ScaledFrame) -> Result<Self> {
        let bad = |detail: &str| Error::corrupt(Format::Jpeg, format!("a scan header {detail}"));
        let (&count, rest) = body.split_first().ok_or_else(|| bad("is empty"))?;
        let (members, rest) =
            rest.split_at_checked(usize::from(count) * 2).ok_or_else(|| bad("is too short"))?;
        let &[start, end, approximation, ..] = rest else { return Err(bad("is too short")) };
        let mut found: Vec<Member> = Vec::new();
        for [id, tables] in members.as_chunks::<2>().0 {
            let named = || (0..).zip(&frame.components).filter(|(_, named)| named.id == *id);
            if named().next().is_none() {
                return Err(bad("selects a component that the frame does not have"));
            }
            // Where all have one id, they are meant in their order.
            let is_left = |place| found.iter().all(|member| member.component != place);
            let component = named().map(|(place, _)| place).find(|place| is_left(*place));
            let component = component.ok_or_else(|| bad("selects a component twice"))?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            found.push(Member { component, dc, ac });
        }
        if found.is_empty() || found.len() > 4 {
            return Err(bad("has no components or more than 4"));
        }
        Ok(Self {
            members: found,
            start: start.into(),
            end: end.into(),
            high: u32::from(approximation >> 4),
            low: u32::from(approximation & 15),
        })
    }

    /// Refuses a band that a progressive scan cannot have (T.81, G.1.1.1).
    pub(super) fn check_progressive(&self) -> Result<()> {
        let dc = self.start == 0 && self.end == 0;
        let ac = self.start > 0 && self.start <= self.end && self.end <= 63 && self.is_alone();
        if (dc || ac) && self.low <= 13 {
            return Ok(());
        }
        let Self { start, end, low, .. } = self;
        let detail = format!(
            "a progressive scan of coefficients {start} to {end}, bit {low}, with {} components",
            self.members.len()
        );
        Err(Error::corrupt(Format::Jpeg, detail))
    }

    /// Whether the MCUs are single blocks, of one component and in its own order.
    pub(super) fn is_alone(&self) -> bool {
        self.members.len() == 1
    }

    /// Units across and down.
    pub(super) fn mcus(&self, frame: &ScaledFrame) -> (u32, u32) {
        match self.members.as_slice() {
            [member] => frame
                .components
                .get(member.component)
                .map_or((0, 0), |component| (component.blocks_wide, component.blocks_high)),
            _ => (frame.mcus_wide, frame.mcus_high),
        }
    }
}

/// A block's place in its MCU (T.81, A.2).
pub(super) struct BlockInMcu {
    /// The component's place in the scan.
    pub(super) member: usize,
    x: u32,
    y: u32,
    /// Blocks of the component in an MCU.
    across: u32,
    down: u32,
}

impl BlockInMcu {
    /// Those of a member, from left to right and from top to bottom. One loop over all is quicker than loops within
    /// each other: a sandbox looks at its clock in each.
    pub(super) fn all(
        member: usize,
        component: &ScaledComponent,
        alone: bool,
    ) -> impl Iterator<Item = Self> {
        let (across, down) =
            if alone { (1, 1) } else { (component.horizontal, component.vertical) };
        (0..across * down).map(move |at| Self {
            member,
            x: at % across,
            y: at / across,
            across,
            down,
        })
    }

    /// Which block of the component it is in this MCU: how many are to the left of it, and above it.
    #[inline(always)]
    pub(super) const fn at(&self, mcu: u32, mcu_row: u32) -> (u32, u32) {
        (mcu * self.across + self.x, mcu_row * self.down + self.y)
    }
}

/// Where a scan is between its restarts.
#[derive(Debug)]
pub(super) struct Restarts {
    interval: u32,
    left: u32,
    next: u8,
    /// Behind the last restart: what comes is another segment, or nothing.
    over: bool,
}

/// What to do with the next MCU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextMcu {
    /// Read it with the predictions and the EOB run as they are.
    InSequence,
    /// Read it with predictions and EOB run as at the start of a scan.
    AfterRestart,
}

impl Restarts {
    /// `interval`: MCUs between two restarts; 0 for none.
    pub(super) const fn new(interval: u32) -> Self {
        Self { interval, left: interval, next: 0, over: false }
    }

    /// Whether what is missing now will not come again in this scan.
    pub(super) const fn are_over(&self) -> bool {
        self.interval == 0 || self.over
    }

    /// To be asked before each MCU.
    #[inline(always)]
    pub(super) fn before_mcu(&mut self, window: &mut Window<'_>) -> NextMcu {
        if self.interval == 0 {
            return NextMcu::InSequence;
        }
        if self.left > 0 {
            self.left -= 1;
            return NextMcu::InSequence;
        }
        self.left = self.interval - 1;
        window.restart(self.resumed(window.rest()));
        NextMcu::AfterRestart
    }

    /// Goes after the next restart marker, chosen by its number as libjpeg does. Where one or two are missing, the next is
    /// left where it is: what they should have begun reads as nothing.
    #[cold]
    #[inline(never)]
    fn resumed<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        let expected = self.next;
        self.next = (self.next + 1) & 7;
        if self.over {
            return rest;
        }
        loop {
            let found = find_marker(rest).unwrap_or(rest.len());
            rest = rest.get(found..).unwrap_or_default();
            let [_, marker, after @ ..] = rest else {
                self.over = true;
                break;
            };
            let is_restart = (0xD0..=0xD7).contains(marker);
            match (marker & 7).wrapping_sub(expected) & 7 {
                _ if !is_restart && ends_data(rest) => {
                    self.over = true;
                    break;
                }
                // Damage made it.
                _ if !is_restart => rest = after,
                // One or two markers are missing: wait for this one.
                1 | 2 => break,
                // One that should have come before.
                6 | 7 => rest = after,
                // This one, or its number is damaged.
                _ => {
                    rest = after;
                    break;
                }
            }
        }
        rest
    }
}
