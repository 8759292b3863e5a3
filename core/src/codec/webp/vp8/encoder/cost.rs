//! What bits cost: 256ths of a bit, from their probabilities.

use super::super::modes::{Mode, SubblockMode};
use super::super::tables::{BANDS, Probabilities, SUBBLOCK_MODES};

/// By the probability of a bit, of 256: -log2 of it.
#[expect(clippy::indexing_slicing, reason = "constant, and so checked by the compiler")]
const BITS: [u16; 257] = {
    let mut costs = [0; 257];
    let mut probability = 1;
    while probability <= 256 {
        costs[probability] = cost_of(probability as u64);
        probability += 1;
    }
    costs[0] = costs[1];
    costs
};

/// -log2(probability / 256) in 256ths, rounded, by squaring: each square doubles the logarithm, and its whole part is the
/// next digit.
#[expect(clippy::cast_possible_truncation, reason = "11 bits")]
const fn cost_of(probability: u64) -> u16 {
    let whole = probability.ilog2();
    let mut mantissa = probability << (31 - whole);
    let mut log = whole as u64;
    let mut digit = 0;
    while digit < 12 {
        mantissa = (mantissa * mantissa) >> 31;
        let one = mantissa >> 32;
        log = (log << 1) | one;
        mantissa >>= one;
        digit += 1;
    }
    (((8 << 12) - log + 8) >> 4) as u16
}

/// What a bit costs that is 0 with `probability` / 256.
#[inline]
pub(super) fn bit(probability: u8, bit: bool) -> u32 {
    let probability = usize::from(probability);
    let of = if bit { 256 - probability } else { probability };
    BITS.get(of).copied().unwrap_or(0).into()
}

/// The bits that say something, with their probabilities.
pub(super) type Path = &'static [(u8, bool)];

/// The bits of a macroblock whose luma is predicted as a whole (section 11.2).
pub(super) const fn whole_path(mode: Mode) -> Path {
    match mode {
        Mode::Dc => &[(145, true), (156, false), (163, false)],
        Mode::Vertical => &[(145, true), (156, false), (163, true)],
        Mode::Horizontal => &[(145, true), (156, true), (128, false)],
        Mode::TrueMotion => &[(145, true), (156, true), (128, true)],
    }
}

/// The bit of one that is predicted by sub-blocks.
pub(super) const SUBBLOCKS: Path = &[(145, false)];

/// The bits of the mode of chroma.
pub(super) const fn chroma_path(mode: Mode) -> Path {
    match mode {
        Mode::Dc => &[(142, false)],
        Mode::Vertical => &[(142, true), (114, false)],
        Mode::Horizontal => &[(142, true), (114, true), (183, false)],
        Mode::TrueMotion => &[(142, true), (114, true), (183, true)],
    }
}

/// The bits of a sub-block's mode: each with the place of its probability in [`SUBBLOCK_MODES`].
pub(super) const fn subblock_path(mode: SubblockMode) -> &'static [(usize, bool)] {
    match mode {
        SubblockMode::Dc => &[(0, false)],
        SubblockMode::TrueMotion => &[(0, true), (1, false)],
        SubblockMode::Vertical => &[(0, true), (1, true), (2, false)],
        SubblockMode::Horizontal => &[(0, true), (1, true), (2, true), (3, false), (4, false)],
        SubblockMode::RightDown => {
            &[(0, true), (1, true), (2, true), (3, false), (4, true), (5, false)]
        }
        SubblockMode::VerticalRight => {
            &[(0, true), (1, true), (2, true), (3, false), (4, true), (5, true)]
        }
        SubblockMode::LeftDown => &[(0, true), (1, true), (2, true), (3, true), (6, false)],
        SubblockMode::VerticalLeft => {
            &[(0, true), (1, true), (2, true), (3, true), (6, true), (7, false)]
        }
        SubblockMode::HorizontalDown => {
            &[(0, true), (1, true), (2, true), (3, true), (6, true), (7, true), (8, false)]
        }
        SubblockMode::HorizontalUp => {
            &[(0, true), (1, true), (2, true), (3, true), (6, true), (7, true), (8, true)]
        }
    }
}

/// What a path costs.
pub(super) fn path(path: Path) -> u32 {
    path.iter().map(|(probability, value)| bit(*probability, *value)).sum()
}

/// Every mode of a sub-block, in the order of the tables.
pub(super) const MODES: [SubblockMode; 10] = [
    SubblockMode::Dc,
    SubblockMode::TrueMotion,
    SubblockMode::Vertical,
    SubblockMode::Horizontal,
    SubblockMode::LeftDown,
    SubblockMode::RightDown,
    SubblockMode::VerticalRight,
    SubblockMode::VerticalLeft,
    SubblockMode::HorizontalDown,
    SubblockMode::HorizontalUp,
];

/// What each mode of a sub-block costs, by the modes above it and to its left.
#[expect(clippy::indexing_slicing, reason = "constant, and so checked by the compiler")]
static SUBBLOCK_COSTS: [[[u16; 10]; 10]; 10] = {
    let mut costs = [[[0; 10]; 10]; 10];
    let mut at = 0;
    while at < 1000 {
        let (above, left, mode) = (at / 100, at / 10 % 10, at % 10);
        let path = subblock_path(MODES[mode]);
        let mut step = 0;
        while step < path.len() {
            let (place, value) = path[step];
            let probability = SUBBLOCK_MODES[above][left][place] as usize;
            costs[above][left][mode] += BITS[if value { 256 - probability } else { probability }];
            step += 1;
        }
        at += 1;
    }
    costs
};

/// What the modes of a sub-block cost.
pub(super) fn subblock_modes(above: SubblockMode, left: SubblockMode) -> &'static [u16; 10] {
    let by_left = SUBBLOCK_COSTS.get(above as usize).unwrap_or(&[[0; 10]; 10]);
    by_left.get(left as usize).unwrap_or(&[0; 10])
}

/// From this level on they are told by 11 bits (section 13.2, DCT_CAT6).
pub(super) const LARGEST_CATEGORY: usize = 67;
/// The highest level that is written.
pub(super) const HIGHEST: u16 = 2047;

/// The bits that follow a level's category: their probabilities, the highest bit first, for each first level.
pub(super) const CATEGORIES: [(usize, &[u8]); 6] = [
    (5, &[159]),
    (7, &[165, 145]),
    (11, &[173, 148, 140]),
    (19, &[176, 155, 140, 135]),
    (35, &[180, 157, 141, 134, 130]),
    (LARGEST_CATEGORY, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129]),
];

/// What the bits after a level's category cost, and its sign.
#[expect(clippy::indexing_slicing, reason = "constant, and so checked by the compiler")]
static EXTRA: [u16; HIGHEST as usize + 1] = {
    let mut costs = [256; HIGHEST as usize + 1];
    let mut level = 5;
    while level < costs.len() {
        let mut category = CATEGORIES.len() - 1;
        while CATEGORIES[category].0 > level {
            category -= 1;
        }
        let (first, probabilities) = CATEGORIES[category];
        let mut at = 0;
        while at < probabilities.len() {
            let is_set = (level - first) >> (probabilities.len() - 1 - at) & 1 == 1;
            let probability = probabilities[at] as usize;
            costs[level] += BITS[if is_set { 256 - probability } else { probability }];
            at += 1;
        }
        level += 1;
    }
    costs
};

/// What may come at a place in a block.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// That it ends here.
    pub(super) end: u16,
    /// That it does not: of a block's first place after no coefficients; elsewhere it is in `levels`, or goes without
    /// saying after a 0.
    pub(super) more: u16,
    /// Levels 0 to 66 with all their bits, and what 67 and above have in common.
    levels: [u16; LARGEST_CATEGORY + 1],
}

impl Place {
    /// What a level costs.
    #[inline]
    pub(super) fn level(&self, level: u16) -> u32 {
        if let Some(cost) = self.levels.get(usize::from(level))
            && usize::from(level) < LARGEST_CATEGORY
        {
            return u32::from(*cost);
        }
        let common = self.levels.last().copied().unwrap_or(0);
        u32::from(common) + u32::from(EXTRA.get(usize::from(level)).copied().unwrap_or(0))
    }
}

/// What a kind of block costs, by position and by how many of its neighbours are not 0.
pub(super) type Costs = [[Place; 3]; 16];

/// Costs of the four kinds of blocks.
pub(super) struct AllCosts([Costs; 4]);

impl AllCosts {
    pub(super) fn new(probabilities: &Probabilities) -> Box<Self> {
        let kinds = probabilities.map(|kind| {
            let bands = kind.map(|band| {
                let [none, one, more] = band;
                [place(&none, false), place(&one, true), place(&more, true)]
            });
            let [first, ..] = bands;
            BANDS.map(|band| bands.get(usize::from(band)).copied().unwrap_or(first))
        });
        Box::new(Self(kinds))
    }

    #[inline]
    pub(super) fn of(&self, kind: super::kind::Kind) -> &Costs {
        kind.of(&self.0)
    }
}

/// `says_more`: whether every level is told after that the block does not end.
fn place(p: &[u8; 11], says_more: bool) -> Place {
    let [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10] = *p;
    let mut levels = [0; LARGEST_CATEGORY + 1];
    for (level, to) in levels.iter_mut().enumerate() {
        let mut cost = if says_more { bit(p0, true) } else { 0 } + bit(p1, level > 0);
        if level > 0 {
            cost += bit(p2, level > 1);
        }
        if level > 1 {
            cost += bit(p3, level > 4);
        }
        cost += match level {
            0 | 1 => 0,
            2 => bit(p4, false),
            3 | 4 => bit(p4, true) + bit(p5, level == 4),
            5..=10 => bit(p6, false) + bit(p7, level > 6),
            11..=34 => bit(p6, true) + bit(p8, false) + bit(p9, level > 18),
            _ => bit(p6, true) + bit(p8, true) + bit(p10, level >= LARGEST_CATEGORY),
        };
        if (1..LARGEST_CATEGORY).contains(&level) {
            cost += u32::from(EXTRA.get(level).copied().unwrap_or(0));
        }
        *to = u16::try_from(cost).unwrap_or(u16::MAX);
    }
    let short = |cost| u16::try_from(cost).unwrap_or(u16::MAX);
    Place { end: short(bit(p0, false)), more: short(bit(p0, true)), levels }
}

/// A position after so many neighbours that are not 0, at most 2.
#[inline]
pub(super) fn at(costs: &Costs, position: usize, context: usize) -> &Place {
    let [first, ..] = costs;
    after(costs.get(position).unwrap_or(first), context)
}

#[inline]
fn after([none, one, more]: &[Place; 3], context: usize) -> &Place {
    match context {
        0 => none,
        1 => one,
        _ => more,
    }
}

/// What a block costs: levels in zigzag order from `first` on, after `context` neighbours that are not 0.
#[inline]
pub(super) fn block(costs: &Costs, levels: &[i16; 16], first: usize, context: usize) -> u32 {
    let (levels, costs) =
        (levels.get(first..).unwrap_or_default(), costs.get(first..).unwrap_or_default());
    let Some(end) = levels.iter().rposition(|level| *level != 0).map(|last| last + 1) else {
        return costs.first().map_or(0, |start| after(start, context).end.into());
    };
    let mut cost = match costs.first() {
        Some([none, ..]) if context == 0 => u32::from(none.more),
        _ => 0,
    };
    let mut context = context;
    for (level, places) in levels.get(..end).unwrap_or_default().iter().zip(costs) {
        let level = level.unsigned_abs();
        cost += after(places, context).level(level);
        context = level.min(2).into();
    }
    cost + costs.get(end).map_or(0, |places| u32::from(after(places, context).end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_cost_their_logarithms() {
        for probability in 1..=256_u32 {
            let exact = -(f64::from(probability) / 256.0).log2() * 256.0;
            let found = f64::from(BITS[probability as usize]);
            assert!((found - exact).abs() <= 0.6, "{probability}: {found} {exact}");
        }
    }
}
