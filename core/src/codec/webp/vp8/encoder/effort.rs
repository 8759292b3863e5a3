//! What an effort buys.

/// Where levels are chosen by what they cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trellis {
    Nowhere,
    /// For the modes that were chosen.
    Chosen,
    /// For every mode that is tried.
    Everywhere,
}

/// How a frame is coded at an effort.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Modes that are tried for a sub-block, the first ones of the tables. 0: there are no sub-blocks.
    pub(super) modes: usize,
    pub(super) trellis: Trellis,
    /// How often all is coded, each time by the costs of the time before.
    pub(super) passes: u32,
}

impl Effort {
    /// The same, with luma predicted as a whole everywhere.
    pub(super) const fn without_subblocks(self) -> Self {
        Self { modes: 0, ..self }
    }

    /// 0 to 6.
    pub(super) const fn of(effort: u8) -> Self {
        let (modes, trellis, passes) = match effort {
            0 => (4, Trellis::Nowhere, 1),
            1 => (6, Trellis::Nowhere, 1),
            2 => (10, Trellis::Nowhere, 1),
            3 | 4 => (10, Trellis::Chosen, 1),
            5 => (10, Trellis::Chosen, 2),
            _ => (10, Trellis::Everywhere, 2),
        };
        Self { modes, trellis, passes }
    }
}
