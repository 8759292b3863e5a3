//! Pictures to be written: how, and then samples (`laws::encoding`).

use super::{Seed, texture};

pub fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    for (format, name) in ["jpeg", "png", "webp"].into_iter().enumerate() {
        for channels in 0..4 {
            for (flags, how) in [(0, "plain"), (1 | 2 | 8, "other"), (4 | 16 | 32 | 64, "third")] {
                let effort = (channels * 2 + format as u8 + flags) % 7;
                let recipe = [format as u8, 75 + channels * 8, effort, flags, 20, 12, channels];
                let samples = texture(97 + usize::from(flags));
                found.push((format!("{name}-{channels}-{how}"), [&recipe, &*samples].concat()));
            }
        }
        found.push((format!("{name}-flat"), vec![format as u8, 50, 4, 0, 40, 33, 2, 90]));
    }
    found
}
