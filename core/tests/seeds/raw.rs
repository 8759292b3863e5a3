//! Camera raw of every family.

use super::super::cameras::{Shot, cameras};
use super::super::common;
use super::{HEIGHT, Seed, WIDTH, cuts};

pub(super) fn seeds() -> Vec<Seed> {
    let large = common::jpeg(WIDTH * 2, HEIGHT * 2);
    let small = common::jpeg(WIDTH, HEIGHT);
    let mut found = Vec::new();
    for (at, (name, file)) in
        cameras(&Shot { large: &large, small: &small, orientation: 6 }).into_iter().enumerate()
    {
        if at % 4 == 0 {
            found.extend(cuts(name, &file));
        }
        found.push((name.to_owned(), file));
    }
    found
}
