//! Huffman codes made for the symbols of a scan (T.81, annex K.2 and C).

/// How often each symbol occurs.
pub(super) type Counts = [u32; 256];

/// The longest code (T.81, B.2.4.2).
const LONGEST: usize = 16;

/// A code: for each length how many codes it has, its symbols in the order of their codes, and these by symbol.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) counts: [u8; LONGEST],
    pub(super) symbols: Vec<u8>,
    /// Code and length of each symbol; length 0 for one that has none.
    entries: Box<[(u16, u8); 256]>,
}

impl Code {
    /// The shortest code for symbols that occur this often.
    pub(super) fn optimal(counts: &Counts) -> Self {
        let mut symbols: Vec<(u32, u8)> =
            counts.iter().copied().zip(0..=255).filter(|(count, _)| *count > 0).collect();
        symbols.sort_unstable();
        let weights: Vec<u64> = symbols.iter().map(|(count, _)| u64::from(*count)).collect();
        let lengths = limited(lengths(&weights));
        // The most frequent get the shortest.
        Self::new(lengths, symbols.into_iter().rev().map(|(_, symbol)| symbol).collect())
    }

    /// The code of a table, as a file defines it.
    pub(super) fn new(counts: [u8; LONGEST], symbols: Vec<u8>) -> Self {
        let mut entries = Box::new([(0, 0); 256]);
        let mut code = 0_u16;
        let mut rest = symbols.iter();
        for (count, length) in counts.iter().zip(1..) {
            for symbol in rest.by_ref().take((*count).into()) {
                if let Some(entry) = entries.get_mut(usize::from(*symbol)) {
                    *entry = (code, length);
                }
                code = code.wrapping_add(1);
            }
            code = code.wrapping_shl(1);
        }
        Self { counts, symbols, entries }
    }

    /// The code of a symbol and its length.
    #[inline(always)]
    pub(super) fn of(&self, symbol: u8) -> (u16, u8) {
        self.entries.get(usize::from(symbol)).copied().unwrap_or_default()
    }

    /// Bytes of the table in a DHT segment.
    pub(super) fn table_bytes(&self) -> u64 {
        (1 + LONGEST + self.symbols.len()) as u64
    }

    /// Bits that these symbols take, without those that follow a code.
    pub(super) fn bits(&self, counts: &Counts) -> u64 {
        let bits = |(count, entry): (&u32, &(u16, u8))| u64::from(*count) * u64::from(entry.1);
        counts.iter().zip(self.entries.iter()).map(bits).sum()
    }
}

/// For each length from 1, how many codes of a Huffman code have it. `weights` ascend. One more symbol, rarer than all, takes
/// part: it gets the code of ones alone, which no symbol may have.
fn lengths(weights: &[u64]) -> Vec<u32> {
    let leaves = weights.len() + 1;
    let mut nodes: Vec<u64> = [0].iter().chain(weights).copied().collect();
    let mut children = Vec::with_capacity(leaves);
    let (mut leaf, mut inner) = (0, leaves);
    for _ in 1..leaves {
        let mut lightest = || {
            let (a, b) = (nodes.get(leaf).filter(|_| leaf < leaves), nodes.get(inner));
            let of_leaf = a.is_some_and(|a| b.is_none_or(|b| a <= b));
            let next = if of_leaf { &mut leaf } else { &mut inner };
            *next += 1;
            (*next - 1, if of_leaf { a } else { b }.copied().unwrap_or_default())
        };
        let (first, second) = (lightest(), lightest());
        children.push((first.0, second.0));
        nodes.push(first.1 + second.1);
    }
    let mut depths = vec![0_usize; nodes.len()];
    let mut lengths = Vec::new();
    for (node, (first, second)) in (leaves..nodes.len()).zip(children).rev() {
        let depth = depths.get(node).copied().unwrap_or_default() + 1;
        for child in [first, second] {
            if let Some(of_child) = depths.get_mut(child) {
                *of_child = depth;
            }
            if child < leaves {
                lengths.resize(lengths.len().max(depth), 0);
                if let Some(count) = lengths.get_mut(depth - 1) {
                    *count += 1;
                }
            }
        }
    }
    lengths
}

/// Shortens codes to [`LONGEST`] (T.81, figure K.3) and takes the code of ones away.
fn limited(mut lengths: Vec<u32>) -> [u8; LONGEST] {
    lengths.resize(lengths.len().max(LONGEST), 0);
    while lengths.len() > LONGEST {
        let longest = lengths.pop().unwrap_or_default();
        // Of two that differ in the last bit, one moves up into that bit's place, and the other next to a shorter code, which
        // becomes longer by a bit.
        for _ in 0..longest / 2 {
            if let Some(last) = lengths.last_mut() {
                *last += 1;
            }
            let shorter = lengths.len() - 1;
            let shorter = lengths.iter().take(shorter).rposition(|count| *count > 0);
            if let Some([from, to, ..]) = shorter.and_then(|at| lengths.get_mut(at..)) {
                *from -= 1;
                *to += 2;
            }
        }
    }
    if let Some(last) = lengths.iter_mut().rev().find(|count| **count > 0) {
        *last -= 1;
    }
    let mut counts = [0; LONGEST];
    counts.iter_mut().zip(lengths).for_each(|(to, count)| {
        *to = u8::try_from(count).unwrap_or(u8::MAX);
    });
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: impl Iterator<Item = u32>) -> Counts {
        let mut counts = [0; 256];
        counts.iter_mut().zip(of).for_each(|(to, count)| *to = count);
        counts
    }

    /// What must hold of every code: a prefix code without the code of ones, for just these symbols.
    fn check(counts: &Counts) -> Code {
        let code = Code::optimal(counts);
        let mut room = 1_u64 << 16;
        for (symbol, count) in (0..=255).zip(counts) {
            let (bits, length) = code.of(symbol);
            assert_eq!(length > 0, *count > 0, "{symbol}");
            assert!(length <= 16);
            if length > 0 {
                room -= 1 << (16 - length);
                assert_ne!(u32::from(bits), (1 << length) - 1, "{symbol}");
                for other in (0..=255).filter(|other| *other != symbol) {
                    let (others, longer) = code.of(other);
                    assert!(longer < length || others >> (longer - length) != bits);
                }
            }
        }
        assert!(room > 0);
        code
    }

    #[test]
    fn fibonacci_counts_are_held_to_16_bits() {
        let fibonacci = |n: usize| {
            let mut pair = (1_u32, 1_u32);
            counts((0..n).map(|_| {
                pair = (pair.1, pair.0.saturating_add(pair.1));
                pair.0
            }))
        };
        for n in [1, 2, 3, 15, 16, 17, 18, 30, 46, 60, 256] {
            check(&fibonacci(n));
        }
        assert!(check(&fibonacci(30)).counts[15] > 0);
    }

    #[test]
    fn a_code_is_as_short_as_its_entropy_allows() {
        // Powers of 2 have codes of just their entropy, but for the code of ones.
        let code = check(&counts((0..8).map(|n| 1 << n)));
        let lengths: Vec<u8> = (0..8).map(|symbol| code.of(symbol).1).collect();
        assert_eq!(lengths, [8, 7, 6, 5, 4, 3, 2, 1]);
        let even = counts([5; 255].into_iter());
        assert_eq!(check(&even).bits(&even), 255 * 8 * 5);
        check(&counts([7; 256].into_iter()));
        check(&counts([9].into_iter()));
        assert!(Code::optimal(&[0; 256]).symbols.is_empty());
    }
}
