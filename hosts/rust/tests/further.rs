//! Further components: formats that the base component does not read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::fs;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::*;
use thumbox_host::*;

/// 16 x 12 pixels: testdata/heif/README.md says where they come from.
const HEIC: &[u8] = include_bytes!("../../../testdata/heif/tiny.heic");
const AVIF: &[u8] = include_bytes!("../../../testdata/heif/tiny.avif");
/// What `target()` makes of the HEIC, in every host.
const PNG: &[u8] = include_bytes!("../../../testdata/heif/tiny.png");

/// The component for HEIC, compiled once for all tests.
fn heic(options: &SandboxOptions) -> Program {
    static CODE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        precompile(&fs::read(artifact("thumbox-heic.wasm")).unwrap(), Level::This).unwrap()
    });
    #[allow(unsafe_code, reason = "compiled code is loaded")]
    // SAFETY: it was compiled here.
    let program = unsafe { Program::precompiled(CODE.as_slice(), options) };
    program.unwrap()
}

/// The base component with the one for HEIC.
fn both(options: &SandboxOptions) -> ComponentPlugin {
    component(options).with_further(&heic(options)).unwrap()
}

fn target() -> Target {
    Target::new(8, 8).format(OutputFormat::Png)
}

fn probe_json(plugin: &dyn Plugin, image: &[u8]) -> Result<String> {
    plugin.call_json("image.probe", &format!("{{\"image\": \"{}\"}}", STANDARD.encode(image)))
}

/// A HEIC whose primary picture is not there.
fn corrupt() -> Vec<u8> {
    let mut file = HEIC.to_vec();
    let place = file.windows(4).position(|bytes| bytes == b"pitm").unwrap();
    file[place + 9] = 9;
    file
}

#[test]
fn a_further_component_answers_what_the_base_does_not_read() {
    let options = SandboxOptions::default();
    let alone = ComponentPlugin::start(&heic(&options), &options).unwrap();
    for options in [options.clone(), pooled(options)] {
        let plugin = both(&options);
        let info = plugin.probe(HEIC).unwrap();
        assert_eq!((info.format, info.width, info.height), (Format::Heic, 16, 12));
        let thumb = plugin.thumbnail(HEIC, &target()).unwrap();
        assert_eq!((thumb.width, thumb.height, thumb.format), (8, 6, OutputFormat::Png));
        assert!(thumb.data() == alone.thumbnail(HEIC, &target()).unwrap().data());
        assert!(thumb.data() == PNG);
        let set = plugin.thumbnails(HEIC, &[target(), Target::new(4, 4)]).unwrap();
        assert!(set[0].data() == thumb.data());
        let json = probe_json(&plugin, HEIC).unwrap();
        assert!(json.contains("\"format\":\"heic\""), "{json}");
        assert_eq!(json, probe_json(&alone, HEIC).unwrap());
    }
}

#[test]
fn a_call_that_goes_on_is_one_call() {
    let plugin = both(&SandboxOptions::default());
    plugin.thumbnail(HEIC, &target()).unwrap();
    let stats = plugin.stats();
    assert_eq!((stats.calls, stats.errors, stats.instances), (1, 0, 0));
    assert_eq!(stats.instances_made, 3, "one to try, and the call's two");

    let plugin = both(&pooled(SandboxOptions::default()));
    (0..3).for_each(|_| drop(plugin.thumbnail(HEIC, &target()).unwrap()));
    let stats = plugin.stats();
    assert_eq!((stats.calls, stats.instances, stats.instances_made), (3, 2, 2));
}

#[test]
fn what_no_component_reads_is_the_base_s_204() {
    let options = SandboxOptions::default();
    let base = component(&options);
    let plugin = both(&options);
    for (plugin, image, named) in [
        (&base, HEIC, "thumbox-heic"),
        (&base, AVIF, "thumbox-avif"),
        (&plugin, AVIF, "thumbox-avif"),
    ] {
        for error in [
            plugin.thumbnail(image, &target()).unwrap_err(),
            plugin.probe(image).unwrap_err(),
            probe_json(plugin, image).unwrap_err(),
        ] {
            assert_eq!((error.code(), error.kind()), (204, Kind::Image));
            assert!(error.message().contains(named), "{error}");
        }
    }
    assert_eq!((plugin.stats().calls, plugin.stats().errors), (3, 3));
}

#[test]
fn the_first_that_reads_it_answers_and_is_compiled_then() {
    let options =
        SandboxOptions { timeout: Some(Duration::from_millis(900)), ..SandboxOptions::default() };
    let lazy = |name| Program::compile_lazily(fs::read(artifact(name)).unwrap(), &options).unwrap();
    let base = component(&options);
    let begun = Instant::now();
    let plugin = base
        .with_further(&lazy("thumbox-avif.wasm"))
        .unwrap()
        .with_further(&lazy("thumbox-heic.wasm"))
        .unwrap();
    assert_eq!(&*plugin.call(MSG_ECHO, &[b"a"]).unwrap(), b"a");
    let before = begun.elapsed();
    // Compiling takes longer than the timeout, for which it does not count.
    let thumb = plugin.thumbnail(HEIC, &target()).unwrap();
    let first = begun.elapsed() - before;
    assert_eq!((thumb.width, thumb.height), (8, 6));
    plugin.thumbnail(HEIC, &target()).unwrap();
    let second = begun.elapsed() - before - first;
    assert!(first > 2 * second, "{before:?}, {first:?}, {second:?}");
}

#[test]
fn its_errors_are_the_call_s() {
    let options = SandboxOptions::default();
    let (plugin, alone) =
        (both(&options), ComponentPlugin::start(&heic(&options), &options).unwrap());
    for (file, code) in [(corrupt(), 201), (HEIC[..HEIC.len() - 40].to_vec(), 202)] {
        let target = target().refuse_truncated(true);
        let error = plugin.thumbnail(&file, &target).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(error, alone.thumbnail(&file, &target).unwrap_err());
    }
    assert_eq!((plugin.stats().traps, plugin.stats().errors), (0, 2));
}

#[test]
fn limits_hold_in_it() {
    let limited = |change: fn(&mut Options)| {
        let mut options = SandboxOptions::default();
        change(&mut options.common);
        both(&options).thumbnail(HEIC, &target()).map(|thumb| thumb.data().len())
    };
    let refused = |change, code, words: &str| {
        let error = limited(change).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(words), "{error}");
    };
    refused(|common| common.max_pixels = Some(191), 300, "191");
    refused(|common| common.max_memory = Some(100), 301, "100");
    refused(|common| common.max_reply = Some(50), 302, "50");
    refused(|common| common.formats = Some(vec![Format::Jpeg, Format::Avif]), 203, "HEIC");
    assert!(limited(|common| common.max_pixels = Some(64 * 64)).is_ok());
    assert!(limited(|common| common.formats = Some(vec![Format::Heic])).is_ok());
}

#[test]
fn a_deadline_holds_in_it() {
    let options =
        SandboxOptions { timeout: Some(Duration::from_millis(900)), ..SandboxOptions::default() };
    let endless = Hostile { json: "(loop $again (br $again)) (unreachable)", ..Hostile::default() };
    let further = Program::compile_lazily(endless.build(), &options).unwrap();
    let plugin = component(&options).with_further(&further).unwrap();
    let error = probe_json(&plugin, HEIC).unwrap_err();
    assert_eq!(error.code(), 10);
    assert!(error.message().contains("its timeout of 0.9 s"), "{error}");
    assert_eq!((plugin.stats().calls, plugin.stats().timeouts), (1, 1));
    assert_eq!(&*plugin.call(MSG_ECHO, &[b"a"]).unwrap(), b"a");
}

#[test]
fn threads_share_its_slots() {
    let common = Options { max_concurrent: 2, ..Options::default() };
    for isolation in [Isolation::Call, Isolation::Pool] {
        let options =
            SandboxOptions { common: common.clone(), isolation, ..SandboxOptions::default() };
        let further = heic(&options);
        // Its instances would not suffice for two plugins without slots of its own.
        let plugins = [(); 2].map(|()| component(&options).with_further(&further).unwrap());
        thread::scope(|scope| {
            for worker in 0..8 {
                let plugin = &plugins[worker % 2];
                scope.spawn(move || {
                    for _ in 0..5 {
                        plugin.thumbnail(HEIC, &target()).unwrap();
                        assert!(plugin.stats().running <= 2);
                    }
                });
            }
        });
        for plugin in plugins {
            let stats = plugin.stats();
            assert_eq!((stats.calls, stats.errors, stats.rejects, stats.running), (20, 0, 0, 0));
        }
    }
}

#[test]
fn a_damaged_one_is_named_and_all_else_works() {
    let options = SandboxOptions::default();
    let mut damaged = fs::read(artifact("thumbox-heic.wasm")).unwrap();
    damaged.truncate(damaged.len() / 2);
    #[allow(unsafe_code, reason = "what is no code is not loaded")]
    // SAFETY: it is refused before it runs.
    let code = unsafe { Program::precompiled_lazily(b"code of another kind", &options) }.unwrap();
    for program in [Program::compile_lazily(damaged, &options).unwrap(), code] {
        let plugin = component(&options)
            .with_further(&program)
            .unwrap()
            .with_further(&heic(&options))
            .unwrap();
        for _ in 0..2 {
            let error = plugin.thumbnail(HEIC, &target()).unwrap_err();
            assert_eq!(error.code(), 2);
            let words = "further component 1 of 2: the component cannot be loaded: ";
            assert!(error.message().starts_with(words), "{error}");
        }
        assert_eq!(&*plugin.call(MSG_ECHO, &[b"a"]).unwrap(), b"a");
    }
}

#[test]
fn one_of_other_limits_is_refused() {
    let options = SandboxOptions::default();
    let other = SandboxOptions { memory_limit: 64 << 20, ..options.clone() };
    let further = Program::compile_lazily(b"", &other).unwrap();
    let error = component(&options).with_further(&further).unwrap_err();
    assert_eq!(error.code(), 4);
    assert!(
        error.message().contains("memory_limit is 536870912; that of the program, 67108864"),
        "{error}"
    );
    let wrong = SandboxOptions { memory_limit: 1, ..options };
    assert_eq!(Program::compile_lazily(b"", &wrong).unwrap_err().code(), 4);
}
