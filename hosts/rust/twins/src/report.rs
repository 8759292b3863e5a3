//! What a run counts, writes and prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use thumbox_twins::{Answers, Fault, Input};

/// Of one kind of find, inputs that are written.
const WRITTEN: u64 = 5;
/// Between two lines about how far it is.
const PATIENCE: Duration = Duration::from_secs(30);
/// Until then each format has been through its largest allocations; a part of all inputs.
const WARM: u64 = 10;

/// Kept by all threads together.
pub(crate) struct Report {
    folder: PathBuf,
    begin: Instant,
    state: Mutex<State>,
}

struct State {
    /// Of each format: answers by their code.
    formats: BTreeMap<&'static str, BTreeMap<u32, u64>>,
    finds: BTreeMap<Find, Count>,
    done: u64,
    told: Instant,
    memory: Option<u64>,
}

/// Finds are of one kind where their words are the same, numbers aside.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Find {
    format: &'static str,
    fault: Fault,
    words: String,
}

struct Count {
    inputs: u64,
    first: PathBuf,
}

impl Report {
    pub(crate) fn new(folder: &Path, formats: &[&'static str]) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let formats = formats.iter().map(|format| (*format, BTreeMap::new())).collect();
        let now = Instant::now();
        let state = State { formats, finds: BTreeMap::new(), done: 0, told: now, memory: None };
        Ok(Self { folder: folder.to_owned(), begin: now, state: Mutex::new(state) })
    }

    /// Counts an input, and writes it where it is a find.
    pub(crate) fn add(&self, number: u64, total: u64, input: &Input, answers: &Answers) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += 1;
        if state.done == total / WARM {
            state.memory = resident();
        }
        if state.told.elapsed() > PATIENCE {
            state.told = Instant::now();
            println!("{} of {total} inputs, {} kinds of finds", state.done, state.finds.len());
        }
        let codes = state.formats.entry(input.format).or_default();
        *codes.entry(answers.sandbox.code).or_default() += 1;
        if let Some(fault) = answers.fault() {
            let here = answers.here.as_ref().map_or("not asked".to_owned(), |here| here.words());
            let sandbox = answers.sandbox.words();
            let words = format!("{}\n    component: {}", general(&here), general(&sandbox));
            let name = format!("{}-{number}.msg{}", input.format, input.message_id);
            let path = self.folder.join(name);
            let find = Find { format: input.format, fault, words };
            let count = state.finds.entry(find).or_insert(Count { inputs: 0, first: path.clone() });
            count.inputs += 1;
            if count.inputs <= WRITTEN && fs::write(&path, &input.request).is_err() {
                println!("{} cannot be written", path.display());
            }
        }
    }

    /// Prints everything; whether nothing was found that counts.
    pub(crate) fn finish(&self) -> Result<bool> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (format, codes) in &state.formats {
            let total: u64 = codes.values().sum();
            let codes: Vec<_> = codes
                .iter()
                .map(|(code, count)| match code {
                    0 => format!("{count} replies"),
                    code => format!("{count} with code {code}"),
                })
                .collect();
            println!("{format}: {total} inputs: {}", codes.join(", "));
        }
        let mut found = 0;
        for (Find { format, fault, words }, Count { inputs, first }) in &state.finds {
            found += inputs;
            println!(
                "{format}, {fault:?}, {inputs} inputs, the first in {}\n    here: {words}",
                first.display()
            );
        }
        if let (Some(before), Some(now)) = (state.memory, resident()) {
            println!("resident memory: {} MiB, before {} MiB", now >> 20, before >> 20);
        }
        let seconds = self.begin.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let rate = state.done as f64 / seconds;
        println!("{} inputs in {seconds:.0} s, {rate:.0} a second", state.done);
        println!("{found} finds");
        Ok(found == 0)
    }
}

/// Words without numbers, and not too many.
fn general(words: &str) -> String {
    let (code, text) = words.split_once(": ").unwrap_or((words, ""));
    let code = if text.is_empty() { "a reply" } else { code };
    let mut general = format!("{code}: ");
    for character in text.chars().take(200) {
        let character = if character.is_ascii_digit() { '#' } else { character };
        if character != '#' || !general.ends_with('#') {
            general.push(character);
        }
    }
    general
}

/// Bytes of this process that are in memory, where the system tells (proc(5)).
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}
