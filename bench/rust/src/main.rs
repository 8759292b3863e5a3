//! `thumbox-bench --artifacts DIR --photo FILE [--seconds S] [--library]`: what a call costs from Rust; or through the C ABI.
//!
//! The sandbox library has a Wasmtime of its own, and of two in a process one would run without signals. So each is
//! measured in a process of its own, beside the native library.
//!
//! `cargo xtask bench call` builds it and calls it. All ways take turns, so that what else runs meets all of them.
//! Prints measurements and bars, and whether they are met; never fails because of a time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, Result, ensure};
use thumbox_host::{
    ComponentPlugin, Isolation, MSG_ECHO, NativePlugin, Options, Plugin, Program, SandboxOptions,
    Target,
};

const SIZES: [(&str, usize); 4] =
    [("16 B", 16), ("100 KB", 100_000), ("1 MB", 1_000_000), ("10 MB", 10_000_000)];

/// Of the sandbox library's echo of 16 B, more than the native library's.
const SANDBOX_MORE: Duration = Duration::from_micros(10);
const SANDBOX_TO_NATIVE: f64 = 1.25;
const TWO_THREADS_TO_ONE: f64 = 1.85;

struct Way {
    name: &'static str,
    plugin: Box<dyn Plugin>,
}

fn main() -> Result<()> {
    let (mut artifacts, mut photo, mut seconds, mut is_library) = (None, None, 2.0, false);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("artifacts") => artifacts = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("photo") => photo = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("seconds") => {
                seconds = lexopt::ValueExt::parse(&parser.value()?)?;
            }
            lexopt::Arg::Long("library") => is_library = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let time = Duration::try_from_secs_f64(seconds).context("--seconds")?;
    let photo = fs::read(photo.context("--photo FILE is needed")?)?;
    let ways = ways(&artifacts.context("--artifacts DIR is needed")?, is_library)?;
    for (name, size) in SIZES {
        echoes(&ways, name, size, time)?;
    }
    thumbnails(&ways, &photo, 3 * time)?;
    threads(&ways, &photo, time)
}

#[allow(unsafe_code, reason = "libraries are loaded")]
fn ways(artifacts: &Path, is_library: bool) -> Result<Vec<Way>> {
    let library = |name: &str| {
        artifacts.join(format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX))
    };
    // SAFETY: the caller names the folder of our own builds.
    let native = unsafe { NativePlugin::load(library("thumbox"), &Options::default()) }?;
    let way = |name, plugin| Way { name, plugin };
    let mut ways = vec![way("native library", Box::new(native) as Box<dyn Plugin>)];
    if is_library {
        let path = library("thumbox_sandbox");
        // SAFETY: as above.
        let sandbox = unsafe { NativePlugin::load(path, &Options::default()) }?;
        ways.push(way("sandbox library", Box::new(sandbox)));
        return Ok(ways);
    }
    let component = fs::read(artifacts.join("thumbox.wasm")).context("thumbox.wasm")?;
    let call = SandboxOptions::default();
    let pool = SandboxOptions { isolation: Isolation::Pool, ..call.clone() };
    let start = Instant::now();
    let program = Program::compile(&component, &call)?;
    println!("The component compiles in {}\n", shown(start.elapsed()));
    let pooled = ComponentPlugin::start(&program, &pool)?;
    ways.push(way("component, pooled", Box::new(pooled)));
    let isolated = ComponentPlugin::start(&program, &call)?;
    ways.push(way("component, isolated", Box::new(isolated)));
    Ok(ways)
}

fn echoes(ways: &[Way], name: &str, size: usize, time: Duration) -> Result<()> {
    // Not zeros: the system may keep them in one page, and reading them would cost nothing.
    let request: Vec<u8> =
        (0..size).map(|index| (index * 167 + (index >> 8)).to_le_bytes()[0]).collect();
    for way in ways {
        let reply = way.plugin.call(MSG_ECHO, &[&request])?;
        ensure!(*reply == *request, "{}: an echo is not what was asked", way.name);
    }
    let times = in_turn(ways, time, |plugin| drop(plugin.call(MSG_ECHO, &[&request])));
    println!("{:24}{:>12}{:>12}{:>12}", format!("Echo of {name}"), "minimum", "median", "IQR");
    let median = |way: usize| times.get(way).map(|times| quantile(times, 2)).unwrap_or_default();
    for (way, times) in ways.iter().zip(&times) {
        let spread = quantile(times, 3).saturating_sub(quantile(times, 1));
        let mut line = format!("{:24}", way.name);
        for time in [quantile(times, 0), quantile(times, 2), spread] {
            write!(line, "{:>12}", shown(time))?;
        }
        if way.name == "sandbox library" && size == 16 {
            let more = median(1).saturating_sub(median(0));
            let bar = format!("<= {} more than natively", shown(SANDBOX_MORE));
            write!(line, "   {}", verdict(more <= SANDBOX_MORE, &bar))?;
        }
        println!("{line}");
    }
    println!();
    Ok(())
}

fn thumbnails(ways: &[Way], photo: &[u8], time: Duration) -> Result<()> {
    let target = Target::new(256, 256);
    let mut first = None;
    for way in ways {
        let made = way.plugin.thumbnail(photo, &target)?.data().to_vec();
        ensure!(*first.get_or_insert_with(|| made.clone()) == made, "{}: other bytes", way.name);
    }
    let times = in_turn(ways, time, |plugin| drop(plugin.thumbnail(photo, &target)));
    let native = times.first().map(|times| quantile(times, 2)).unwrap_or_default();
    println!("{:24}{:>12}{:>12}{:>12}", "Photo in 256 x 256", "minimum", "median", "of native");
    for (way, times) in ways.iter().zip(&times) {
        let ratio = quantile(times, 2).as_secs_f64() / native.as_secs_f64();
        let bar = format!("<= {SANDBOX_TO_NATIVE} x");
        let verdict = match way.name {
            "native library" => String::new(),
            _ => verdict(ratio <= SANDBOX_TO_NATIVE, &bar),
        };
        let (least, median) = (shown(quantile(times, 0)), shown(quantile(times, 2)));
        println!("{:24}{least:>12}{median:>12}{ratio:>10.2} x   {verdict}", way.name);
    }
    println!();
    Ok(())
}

fn threads(ways: &[Way], photo: &[u8], time: Duration) -> Result<()> {
    println!("{:24}{:>12}{:>12}{:>12}", "The same, threads", "one", "two", "ratio");
    for way in ways {
        let mut pairs = Vec::new();
        for _ in 0..5 {
            let one = rate(&*way.plugin, photo, 1, time / 4)?;
            pairs.push((one, rate(&*way.plugin, photo, 2, time / 4)?));
        }
        let middle = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let one = middle(pairs.iter().map(|pair| pair.0).collect());
        let two = middle(pairs.iter().map(|pair| pair.1).collect());
        let ratio = middle(pairs.iter().map(|pair| pair.1 / pair.0).collect());
        let verdict = verdict(ratio >= TWO_THREADS_TO_ONE, &format!(">= {TWO_THREADS_TO_ONE} x"));
        println!("{:24}{one:>10.1}/s{two:>10.1}/s{ratio:>10.2} x   {verdict}", way.name);
    }
    Ok(())
}

/// Thumbnails a second of so many threads.
fn rate(plugin: &dyn Plugin, photo: &[u8], count: usize, time: Duration) -> Result<f64> {
    let (done, begin) = (AtomicU64::new(0), Barrier::new(count + 1));
    let start = thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                begin.wait();
                let end = Instant::now() + time;
                while Instant::now() < end {
                    drop(plugin.thumbnail(photo, &Target::new(256, 256)));
                    done.fetch_add(1, Relaxed);
                }
            });
        }
        begin.wait();
        Instant::now()
    });
    let done = u32::try_from(done.load(Relaxed)).context("so many calls")?;
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

/// Times of single calls of each way, each the mean of a short batch, so that the clock's own cost does not count.
fn in_turn(ways: &[Way], time: Duration, call: impl Fn(&dyn Plugin)) -> Vec<Vec<Duration>> {
    let batches: Vec<u32> = ways
        .iter()
        .map(|way| {
            call(&*way.plugin);
            let start = Instant::now();
            call(&*way.plugin);
            let fit = Duration::from_micros(200).as_nanos() / start.elapsed().as_nanos().max(1);
            u32::try_from(fit).unwrap_or(200).clamp(1, 200)
        })
        .collect();
    let mut times = vec![Vec::new(); ways.len()];
    let end = Instant::now() + time;
    while Instant::now() < end || times.iter().any(|times| times.len() < 10) {
        for ((way, batch), times) in ways.iter().zip(&batches).zip(&mut times) {
            let start = Instant::now();
            (0..*batch).for_each(|_| call(&*way.plugin));
            times.push(start.elapsed() / *batch);
        }
    }
    for times in &mut times {
        times.sort();
    }
    times
}

/// Of sorted times: 0 the least, 2 the median.
fn quantile(times: &[Duration], quarter: usize) -> Duration {
    times.get(times.len().saturating_sub(1) * quarter / 4).copied().unwrap_or_default()
}

fn verdict(met: bool, bar: &str) -> String {
    format!("{bar}: {}", if met { "met" } else { "MISSED" })
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1e3 { format!("{micros:.2} us") } else { format!("{:.2} ms", micros / 1e3) }
}
