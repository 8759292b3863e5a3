//! What colours a picture has: whether it is grey or opaque, and which they are where there are few.

use crate::picture::{Layout, Picture};

/// The most colours of a palette (W3C PNG, third edition, section 11.2.2).
pub(super) const MOST: usize = 256;

/// Four times as many as there can be colours, so that few collide.
const SLOTS: usize = 1024;

/// Bytes of two palettes.
pub(super) const BYTES: u64 = 2 * (SLOTS * size_of::<Slot>() + MOST * 4) as u64;

/// R, G, B and alpha of every pixel, in order.
pub(super) fn each(picture: &Picture<'_>, mut take: impl FnMut([u8; 4])) {
    let pixels = &picture.pixels;
    match picture.layout {
        Layout::Grey => pixels.iter().for_each(|v| take([*v, *v, *v, 255])),
        Layout::GreyAlpha => {
            pixels.as_chunks().0.iter().for_each(|[v, alpha]| take([*v, *v, *v, *alpha]));
        }
        Layout::Rgb => pixels.as_chunks().0.iter().for_each(|[r, g, b]| take([*r, *g, *b, 255])),
        Layout::Rgba | Layout::Cmyk => pixels.as_chunks().0.iter().for_each(|pixel| take(*pixel)),
    }
}

pub(super) struct Survey {
    pub(super) grey: bool,
    pub(super) opaque: bool,
    /// All colours, if there are at most 256.
    pub(super) colours: Option<Palette>,
}

impl Survey {
    pub(super) fn of(picture: &Picture<'_>) -> Self {
        let (mut grey, mut opaque) = (true, true);
        let mut palette = Some(Palette::new());
        let mut last = None;
        each(picture, |pixel| {
            if last == Some(pixel) {
                return;
            }
            last = Some(pixel);
            let [r, g, b, alpha] = pixel;
            grey &= r == g && g == b;
            opaque &= alpha == 255;
            if palette.as_mut().is_some_and(|palette| palette.insert(pixel).is_none()) {
                palette = None;
            }
        });
        Self { grey, opaque, colours: palette.map(|palette| Palette::of(palette.colours)) }
    }

    /// The bits that hold every level of an opaque grey picture exactly.
    pub(super) fn grey_depth(&self) -> u8 {
        let Some(palette) = &self.colours else { return 8 };
        let all = |step: u8| palette.colours.iter().all(|[level, ..]| level.is_multiple_of(step));
        match () {
            () if all(255) => 1,
            () if all(85) => 2,
            () if all(17) => 4,
            () => 8,
        }
    }
}

/// A colour and its place in the palette.
type Slot = Option<([u8; 4], u8)>;

/// At most 256 colours, and where each of them stands.
pub(super) struct Palette {
    slots: Vec<Slot>,
    pub(super) colours: Vec<[u8; 4]>,
}

impl Palette {
    fn new() -> Self {
        Self { slots: vec![None; SLOTS], colours: Vec::with_capacity(MOST) }
    }

    /// Of these colours, in the order that a file has them: those with alpha first, since tRNS then ends with them, and by
    /// their lightness, so that filters can tell what is near.
    pub(super) fn of(mut colours: Vec<[u8; 4]>) -> Self {
        colours.sort_unstable_by_key(|colour| {
            let [r, g, b, alpha] = *colour;
            let light = 2 * u32::from(r) + 5 * u32::from(g) + u32::from(b);
            (alpha == 255, light, alpha, *colour)
        });
        let mut palette = Self::new();
        for colour in colours {
            palette.insert(colour);
        }
        palette
    }

    /// Where the colour stands; `None` if it would be the 257th.
    fn insert(&mut self, colour: [u8; 4]) -> Option<u8> {
        let next = u8::try_from(self.colours.len()).ok();
        let at = place(&self.slots, colour)?;
        let slot = self.slots.get_mut(at)?;
        if let Some((_, at)) = slot {
            return Some(*at);
        }
        *slot = Some((colour, next?));
        self.colours.push(colour);
        next
    }

    /// Where a colour of the palette stands.
    pub(super) fn find(&self, colour: [u8; 4]) -> Option<u8> {
        self.slots.get(place(&self.slots, colour)?)?.map(|(_, at)| at)
    }

    /// The bits of an index.
    pub(super) fn depth(&self) -> u8 {
        match self.colours.len() {
            ..=2 => 1,
            3..=4 => 2,
            5..=16 => 4,
            _ => 8,
        }
    }

    /// How many colours tRNS has to list.
    pub(super) fn with_alpha(&self) -> usize {
        self.colours.iter().filter(|[.., alpha]| *alpha < 255).count()
    }
}

/// The slot of a colour, or the one to put it.
fn place(slots: &[Slot], colour: [u8; 4]) -> Option<usize> {
    let hash = u32::from_le_bytes(colour).wrapping_mul(0x9E37_79B1) >> 22;
    let start = hash as usize % SLOTS;
    (start..SLOTS)
        .chain(0..start)
        .find(|at| slots.get(*at).is_some_and(|slot| slot.is_none_or(|(other, _)| other == colour)))
}
