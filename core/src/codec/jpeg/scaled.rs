//! A frame at the scale that is decoded: how many samples each block becomes, and what follows from that (T.81, A.1 and A.2).

use thumbox_protocol::Format;

use super::headers::{Component, Frame};
use crate::error::{Error, Result};

/// A component at a scale.
#[derive(Clone, Debug)]
pub(super) struct ScaledComponent {
    pub(super) id: u8,
    pub(super) horizontal: u32,
    pub(super) vertical: u32,
    pub(super) table: u8,
    /// Samples that a block becomes, across and down: as many for both, 8, 6, 4, 3, 2 or 1, or 6 and 3.
    pub(super) size: (u32, u32),
    /// Output pixels that a sample stands for.
    pub(super) across: u32,
    pub(super) down: u32,
    /// Blocks that hold samples; a scan of this component alone has just these (T.81, A.2.3).
    pub(super) blocks_wide: u32,
    pub(super) blocks_high: u32,
    /// Blocks with those that fill up the last MCUs.
    pub(super) stride_blocks: u32,
    /// Samples that belong to the picture.
    pub(super) width: u32,
    pub(super) height: u32,
}

impl ScaledComponent {
    /// A component with blocks of `size` samples a side, or more where that spares it from being upsampled.
    /// `is_enough`: whether so many samples across and down need no more.
    fn new(
        component: Component,
        grid: &Grid,
        size: u32,
        is_enough: impl Fn(u32, u32) -> bool,
    ) -> Result<Self> {
        let Grid { width, height, most_across, most_down, mcus_wide } = *grid;
        let (horizontal, vertical) =
            (u32::from(component.horizontal), u32::from(component.vertical));
        if most_across % horizontal != 0 || most_down % vertical != 0 {
            let detail = format!(
                "sampling factors of which {horizontal} x {vertical} does not divide the largest"
            );
            return Err(Error::unsupported(Format::Jpeg, detail));
        }
        let (mut across, mut down) = (most_across / horizontal, most_down / vertical);
        let (mut wide, mut high) = (size, size);
        let samples_wide = |wide: u32| (width * horizontal * wide).div_ceil(8 * most_across);
        let samples_high = |high: u32| (height * vertical * high).div_ceil(8 * most_down);
        while wide * 2 <= 8
            && across % 2 == 0
            && down % 2 == 0
            && !is_enough(samples_wide(wide), samples_high(wide))
        {
            (wide, across) = (wide * 2, across / 2);
            (high, down) = (high * 2, down / 2);
        }
        // Where it has fewer in one direction only. At other sizes libjpeg's rule is the one above, and this is too.
        if (wide, across % 2) == (3, 0) {
            (wide, across) = (6, across / 2);
        }
        if (high, down % 2) == (3, 0) {
            (high, down) = (6, down / 2);
        }
        Ok(Self {
            id: component.id,
            horizontal,
            vertical,
            table: component.table,
            size: (wide, high),
            across,
            down,
            blocks_wide: (width * horizontal).div_ceil(8 * most_across),
            blocks_high: (height * vertical).div_ceil(8 * most_down),
            stride_blocks: mcus_wide * horizontal,
            width: samples_wide(wide),
            height: samples_high(high),
        })
    }

    /// Samples in a row of its plane.
    pub(super) fn stride(&self) -> usize {
        (self.stride_blocks * self.size.0) as usize
    }

    /// Rows of samples in a row of MCUs.
    pub(super) fn rows_per_mcu(&self) -> u32 {
        self.vertical * self.size.1
    }
}

/// What the sampling factors of all components make of a frame.
struct Grid {
    /// The picture's size at full scale.
    width: u32,
    height: u32,
    /// The largest sampling factors.
    most_across: u32,
    most_down: u32,
    mcus_wide: u32,
}

/// A frame at a scale.
#[derive(Clone, Debug)]
pub(super) struct ScaledFrame {
    pub(super) components: Vec<ScaledComponent>,
    pub(super) mcus_wide: u32,
    pub(super) mcus_high: u32,
    /// The picture's size at this scale.
    pub(super) width: u32,
    pub(super) height: u32,
}

impl ScaledFrame {
    /// The frame with blocks of `size` samples a side instead of 8: 8, 4, 3, 2 or 1.
    ///
    /// A component with fewer samples than the others is decoded at a larger size, where that spares it
    /// from being upsampled afterwards, unless it has `enough` samples across and down without.
    pub(super) fn new(frame: &Frame, size: u32, enough: (u64, u64)) -> Result<Self> {
        // A component alone has no MCUs but its blocks, whatever factors it names (T.81, A.2.2).
        let alone = frame.components.len() == 1;
        let factors = |component: &Component| match alone {
            true => Component { horizontal: 1, vertical: 1, ..*component },
            false => *component,
        };
        let sampling = || frame.components.iter().map(factors);
        let most_across = sampling().map(|component| component.horizontal).max().unwrap_or(1);
        let most_down = sampling().map(|component| component.vertical).max().unwrap_or(1);
        let (most_across, most_down) = (u32::from(most_across), u32::from(most_down));
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        let (mcus_wide, mcus_high) =
            (width.div_ceil(8 * most_across), height.div_ceil(8 * most_down));
        let grid = Grid { width, height, most_across, most_down, mcus_wide };
        let component = |component: Component| {
            ScaledComponent::new(component, &grid, size, |width, height| {
                u64::from(width) >= enough.0 && u64::from(height) >= enough.1
            })
        };
        Ok(Self {
            components: sampling().map(component).collect::<Result<_>>()?,
            mcus_wide,
            mcus_high,
            width: (width * size).div_ceil(8),
            height: (height * size).div_ceil(8),
        })
    }
}
