//! Orders of scans.

/// One scan's components by their places, its band in zigzag order, and its bits.
#[derive(Clone, Debug)]
pub struct Scan {
    pub components: Vec<usize>,
    pub start: usize,
    pub end: usize,
    pub high: u32,
    pub low: u32,
}

/// The scans of a file, with a name for messages.
#[derive(Clone, Debug)]
pub struct Script {
    pub name: &'static str,
    pub progressive: bool,
    pub scans: Vec<Scan>,
}

fn scan(components: &[usize], start: usize, end: usize, high: u32, low: u32) -> Scan {
    Scan { components: components.to_vec(), start, end, high, low }
}

/// Orders of scans of every kind, for a file of this many components.
pub fn scripts(components: usize) -> Vec<Script> {
    let all: Vec<usize> = (0..components).collect();
    let sequential = |components: &[usize]| scan(components, 0, 63, 0, 0);
    let each = |make: &dyn Fn(usize) -> Vec<Scan>| all.iter().flat_map(|at| make(*at)).collect();
    let mut found = vec![
        Script { name: "together", progressive: false, scans: vec![sequential(&all)] },
        Script { name: "apart", progressive: false, scans: each(&|at| vec![sequential(&[at])]) },
    ];
    if components == 3 {
        let scans = vec![sequential(&[0]), sequential(&[1, 2])];
        found.push(Script { name: "luma-chroma", progressive: false, scans });
    }
    let mut add = |name, scans: Vec<Scan>| found.push(Script { name, progressive: true, scans });
    let bands = [(1, 5), (6, 20), (21, 63)];
    let mut scans = vec![scan(&all, 0, 0, 0, 0)];
    for (start, end) in bands {
        scans.extend(all.iter().map(|at| scan(&[*at], start, end, 0, 0)));
    }
    add("bands", scans);
    // libjpeg's own, jcparam.c: a first look, what it leaves out, then the last bits.
    let mut scans = vec![scan(&all, 0, 0, 0, 1), scan(&[0], 1, 5, 0, 2)];
    scans.extend(all[1..].iter().map(|at| scan(&[*at], 1, 63, 0, 1)));
    scans.extend([scan(&[0], 6, 63, 0, 2), scan(&[0], 1, 63, 2, 1), scan(&all, 0, 0, 1, 0)]);
    scans.extend(all[1..].iter().map(|at| scan(&[*at], 1, 63, 1, 0)));
    scans.push(scan(&[0], 1, 63, 1, 0));
    add("libjpeg", scans);
    // Bit by bit, and in each a component at a time, with the first coefficients last where it is allowed.
    let mut scans: Vec<Scan> = all.iter().map(|at| scan(&[*at], 0, 0, 0, 4)).collect();
    for low in (0..=4).rev() {
        let high = if low == 4 { 0 } else { low + 1 };
        for at in all.iter().rev() {
            scans.extend(bands.map(|(start, end)| scan(&[*at], start, end, high, low)));
            if low < 4 {
                scans.push(scan(&[*at], 0, 0, high, low));
            }
        }
    }
    add("bit-by-bit", scans);
    // Coefficient by coefficient; the last ones at once.
    let mut scans = vec![scan(&all, 0, 0, 0, 0)];
    for at in &all {
        scans.extend((1..30).map(|place| scan(&[*at], place, place, 0, 0)));
        scans.push(scan(&[*at], 30, 63, 0, 0));
    }
    add("one-by-one", scans);
    found
}
