//! The nearest colour of a palette.

use super::boxes::Total;
use super::cells::Cell;
use super::space::{Class, Colour};

/// Moves each colour to the mean of the cells that it is the nearest to. One that is the nearest to none stays.
pub(super) fn refine(cells: &[Cell], colours: &mut [Colour]) {
    let mut totals = vec![Total::default(); colours.len()];
    for cell in cells {
        let same = colours.iter().zip(&mut totals).filter(|(c, _)| c.class == cell.mean.class);
        if let Some((_, total)) = same.min_by_key(|(colour, _)| colour.distance(&cell.mean)) {
            total.add(cell);
        }
    }
    for (colour, total) in colours.iter_mut().zip(totals) {
        if total.weight > 0 {
            colour.at = total.mean();
        }
    }
}

/// The colours of a palette, sorted so that most need not be compared.
pub(super) struct Nearest {
    /// Of each class, by G.
    classes: [Vec<(Colour, u8)>; 3],
}

impl Nearest {
    pub(super) fn new(palette: &[[u8; 4]]) -> Self {
        let classes = Class::ALL.map(|class| {
            let colours = palette.iter().map(|pixel| Colour::of(*pixel)).zip(0..=255);
            let mut colours: Vec<_> = colours.filter(|(c, _)| c.class == class).collect();
            colours.sort_by_key(|(colour, _)| colour.green());
            colours
        });
        Self { classes }
    }

    /// Where the nearest colour of the pixel's class stands.
    pub(super) fn find(&self, pixel: [u8; 4]) -> u8 {
        let colour = Colour::of(pixel);
        let [transparent, translucent, opaque] = &self.classes;
        let colours = match colour.class {
            Class::Transparent => transparent,
            Class::Translucent => translucent,
            Class::Opaque => opaque,
        };
        let middle = colours.partition_point(|(other, _)| other.green() < colour.green());
        let (below, above) = colours.split_at_checked(middle).unwrap_or_default();
        let (mut below, mut above) = (below.iter().rev(), above.iter());
        let (mut best, mut least) = (0, i32::MAX);
        // Away from the pixel's G on both sides, until that alone is farther than the nearest.
        let mut take = |found: Option<&(Colour, u8)>| {
            let Some((other, index)) = found else { return false };
            let green = other.green() - colour.green();
            // Where alpha differs, too, it can make up for G over black or over white, not over both.
            let sides = if colour.class == Class::Opaque { 2 } else { 1 };
            if green * green * sides >= least {
                return false;
            }
            let distance = other.distance(&colour);
            if distance < least {
                (best, least) = (*index, distance);
            }
            true
        };
        let (mut down, mut up) = (true, true);
        while down || up {
            down = down && take(below.next());
            up = up && take(above.next());
        }
        best
    }
}
