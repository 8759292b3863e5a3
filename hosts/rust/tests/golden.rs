//! The golden set through both plugins, and what they have in common.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::thread;
use std::time::Duration;

use support::*;
use thumbox_host::*;

fn both() -> [Box<dyn Plugin>; 2] {
    [Box::new(native(&Options::default())), Box::new(component(&SandboxOptions::default()))]
}

fn replay(plugin: &dyn Plugin) {
    replay_those(plugin, golden());
}

fn replay_those(plugin: &dyn Plugin, cases: impl IntoIterator<Item = Case>) {
    for case in cases {
        let (head, tail) = case.request.split_at(case.request.len().min(24));
        for parts in [&[case.request.as_slice()][..], &[head, tail]] {
            let (code, bytes) = match plugin.call(case.message_id, parts) {
                Ok(reply) => (0, reply.into_vec()),
                Err(error) => (error.code(), error.message().as_bytes().to_vec()),
            };
            assert_eq!(code, case.code, "{}: {}", case.name, String::from_utf8_lossy(&bytes));
            assert!(bytes == case.answer, "{}: another reply", case.name);
        }
    }
}

#[test]
fn the_native_plugin_gives_the_golden_answers() {
    let plugin = native(&Options::default());
    replay(&plugin);
    let stats = plugin.stats();
    assert!(stats.calls > 200 && stats.errors > 10, "{stats:?}");
    assert_eq!((stats.traps, stats.rejects, stats.instances), (0, 0, 1));
}

#[test]
fn the_sandboxed_plugin_gives_the_golden_answers() {
    let plugin = component(&SandboxOptions::default());
    replay(&plugin);
    let stats = plugin.stats();
    assert!(stats.calls > 200 && stats.errors > 10, "{stats:?}");
    assert_eq!((stats.traps, stats.timeouts, stats.instances), (0, 0, 0));
    assert_eq!(stats.instances_made, stats.calls + 1, "one for each call, and one to try");
    assert!(stats.memory_high_water > 1 << 20);
}

#[test]
fn the_sandboxed_plugin_gives_them_from_shared_instances_too() {
    let options = SandboxOptions { isolation: Isolation::Pool, ..SandboxOptions::default() };
    let plugin = component(&options);
    replay(&plugin);
    assert_eq!(plugin.stats().instances_made, 1);
}

#[test]
fn the_sandbox_library_gives_them_where_the_native_one_does() {
    for _ in 0..3 {
        let plugin = library("thumbox_sandbox", &Options::default()).unwrap();
        // It goes on to the component for AVIF.
        let read = |case: &Case| case.code != 204;
        replay_those(&plugin, golden().into_iter().filter(read));
        // The last reply goes, and with it the library: its thread for deadlines has ended before.
        drop(plugin);
    }
}

#[test]
fn limits_of_the_core_reach_the_sandbox_library() {
    let options = Options { max_reply: Some(10), ..Options::default() };
    let plugin = library("thumbox_sandbox", &options).unwrap();
    assert_eq!(plugin.call(MSG_ECHO, &[&[1; 10]]).unwrap().len(), 10);
    assert_eq!(plugin.call(MSG_ECHO, &[&[1; 11]]).unwrap_err().code(), 302);
}

/// An uncompressed 24-bit BMP, all of one colour.
fn bmp(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let size = 54 + row * height;
    let mut file = b"BM".to_vec();
    for value in [size, 0, 54, 40, width, height, 24 << 16 | 1, 0, row * height, 2835, 2835, 0, 0] {
        file.extend(value.to_le_bytes());
    }
    file.resize(usize::try_from(size).unwrap(), 90);
    file
}

#[test]
fn thumbnails_probes_and_placeholders_are_values() {
    let image = bmp(300, 200);
    let mut seen = Vec::new();
    for plugin in both() {
        let info = plugin.probe(&image).unwrap();
        assert_eq!((info.format, info.width, info.height), (Format::Bmp, 300, 200));
        assert_eq!((info.stored_width, info.orientation, info.animated), (300, 1, false));

        let placeholder = plugin.placeholder(&image, 60_000).unwrap();
        assert_eq!((placeholder.width, placeholder.height), (300, 200));
        assert_eq!((placeholder.average, placeholder.has_alpha), ([90; 3], false));
        assert_eq!(placeholder.hash.len(), 21);
        assert_eq!(plugin.placeholder(&image, 59_999).unwrap_err().code(), 300);

        let thumb = plugin.thumbnail(&image, &Target::new(60, 60)).unwrap();
        assert_eq!((thumb.width, thumb.height, thumb.format), (60, 40, OutputFormat::Jpeg));
        assert!(thumb.data().starts_with(&[0xff, 0xd8, 0xff]));

        let cover = Target::new(30, 30).fit(Fit::Cover).format(OutputFormat::Png);
        let set = plugin.thumbnails(&image, &[Target::new(60, 60), cover]).unwrap();
        assert_eq!((set[1].width, set[1].height, set[1].format), (30, 30, OutputFormat::Png));
        assert!(
            set[1].data().starts_with(b"\x89PNG") && set[1].data().ends_with(b"IEND\xaeB`\x82")
        );
        drop(plugin);
        seen.push((thumb.data().to_vec(), set[0].data().to_vec(), set[1].data().to_vec()));
    }
    assert!(seen[0] == seen[1], "both give the same bytes, and keep them when they have gone");
}

#[test]
fn errors_say_who_must_act() {
    for plugin in both() {
        let refused = |error: Error, kind, code, words: &str| {
            assert_eq!((error.kind(), error.code()), (kind, code), "{error}");
            assert!(error.message().contains(words), "{error}");
        };
        let image = bmp(4, 4);
        let target = Target::new(8, 8);
        refused(plugin.thumbnail(b"Hello, world", &target).unwrap_err(), Kind::Image, 200, "");
        let error = plugin.thumbnail(&image, &target.quality(101)).unwrap_err();
        refused(error, Kind::Request, 101, "quality is 101");
        let error = plugin.thumbnail(&image, &target.max_pixels(15)).unwrap_err();
        refused(error, Kind::Limit, 300, "15");
        refused(plugin.thumbnails(&image, &[]).unwrap_err(), Kind::Request, 101, "count");
        refused(plugin.call(77, &[b"a"]).unwrap_err(), Kind::Plugin, 6, "77");
        refused(plugin.call(u32::MAX, &[]).unwrap_err(), Kind::Internal, 11, "a test asked for");
        assert_eq!(plugin.stats().traps, 1);
        assert_eq!(&*plugin.call(MSG_ECHO, &[b"st", b"ill"]).unwrap(), b"still");
    }
}

#[test]
fn json_goes_through_its_own_door() {
    for plugin in both() {
        assert_eq!(plugin.call_json("echo", "{\"a\": [1.50]}").unwrap(), "{\"a\": [1.50]}");
        assert!(
            plugin.call_json("plugin.info", "null").unwrap().contains("\"max_reply\":67108864")
        );
        assert_eq!(plugin.call_json("echo", "{").unwrap_err().code(), 5);
        assert_eq!(plugin.call_json("nonsense", "1").unwrap_err().code(), 6);
    }
}

#[test]
fn limits_hold_in_both() {
    let common = Options {
        max_pixels: Some(100),
        max_reply: Some(10),
        max_request: 1000,
        ..Options::default()
    };
    let sandbox = SandboxOptions { common: common.clone(), ..SandboxOptions::default() };
    let plugins: [Box<dyn Plugin>; 2] = [Box::new(native(&common)), Box::new(component(&sandbox))];
    for plugin in plugins {
        assert_eq!(plugin.call(MSG_ECHO, &[&[1; 10]]).unwrap().len(), 10);
        assert_eq!(plugin.call(MSG_ECHO, &[&[1; 11]]).unwrap_err().code(), 302);
        let error = plugin.call(MSG_ECHO, &[&[1; 500], &[1; 501]]).unwrap_err();
        assert_eq!(error.code(), 100);
        assert!(error.message().contains("1001 bytes; max_request allows 1000"), "{error}");
        let error = plugin.thumbnail(&bmp(11, 10), &Target::new(1, 1)).unwrap_err();
        assert_eq!(error.code(), 300);
        assert_eq!(plugin.stats().rejects, 1);
    }
}

#[test]
fn options_out_of_range_are_refused_with_their_name() {
    let wrong = |change: fn(&mut SandboxOptions)| {
        let mut options = SandboxOptions::default();
        change(&mut options);
        let error = Program::compile(b"", &options).unwrap_err();
        assert_eq!(error.code(), 4, "{error}");
        error.message().to_owned()
    };
    assert!(wrong(|options| options.memory_limit = 65_535).contains("memory_limit is 65535"));
    assert!(wrong(|options| options.timeout = Some(Duration::ZERO)).contains("timeout is 0"));
    assert!(wrong(|options| options.timeout = Some(Duration::MAX)).contains("timeout is 1844"));
    assert!(wrong(|options| options.common.max_reply = Some(0)).contains("max_reply is 0"));
    assert!(wrong(|options| options.common.max_concurrent = 0).contains("max_concurrent is 0"));
    assert!(
        wrong(|options| options.common.max_concurrent = 1 << 20)
            .contains("max_concurrent is 1048576")
    );
}

#[test]
fn threads_share_a_plugin_and_few_slots() {
    let common =
        Options { max_concurrent: 2, max_wait: Duration::from_secs(60), ..Options::default() };
    let pool = SandboxOptions {
        common: common.clone(),
        isolation: Isolation::Pool,
        ..SandboxOptions::default()
    };
    let call = SandboxOptions { isolation: Isolation::Call, ..pool.clone() };
    let plugins: [Box<dyn Plugin>; 3] =
        [Box::new(native(&common)), Box::new(component(&pool)), Box::new(component(&call))];
    for plugin in plugins {
        thread::scope(|scope| {
            for worker in 0..8_u8 {
                let plugin = &plugin;
                scope.spawn(move || {
                    for round in 0..100_u8 {
                        let request = [worker, round];
                        assert_eq!(&*plugin.call(MSG_ECHO, &[&request]).unwrap(), request);
                        let stats = plugin.stats();
                        assert!(stats.running <= 2 && stats.instances <= 4, "{stats:?}");
                    }
                });
            }
        });
        let stats = plugin.stats();
        assert_eq!((stats.calls, stats.rejects, stats.running, stats.waiting), (800, 0, 0, 0));
    }
}

#[test]
fn what_is_no_plugin_is_an_error() {
    for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0", &[0xff; 100]] {
        let error = Program::compile(bytes, &SandboxOptions::default()).unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(error.message().starts_with("the component cannot be loaded: "), "{error}");
    }
    for (file, words) in [("Cargo.toml", "cannot be loaded"), ("nothing", "cannot be loaded")] {
        #[allow(unsafe_code, reason = "a library is not loaded")]
        // SAFETY: neither is a library.
        let loaded = unsafe { NativePlugin::load(root().join(file), &Options::default()) };
        let error = loaded.unwrap_err();
        assert!(error.code() == 2 && error.message().contains(words), "{error}");
    }
}

#[test]
fn a_program_serves_plugins_of_its_own_limits_only() {
    let options = SandboxOptions::default();
    let program = Program::compile(&Hostile::default().build(), &options).unwrap();
    let first = ComponentPlugin::start(&program, &options).unwrap();
    let pool = SandboxOptions { isolation: Isolation::Pool, ..options.clone() };
    let second = ComponentPlugin::start(&program, &pool).unwrap();
    drop(first);
    assert_eq!(&*second.call(MSG_ECHO, &[b"a"]).unwrap(), b"a");
    let other = SandboxOptions { memory_limit: 1 << 20, ..options };
    let error = ComponentPlugin::start(&program, &other).unwrap_err();
    assert_eq!(error.code(), 4);
    assert!(error.message().contains("memory_limit is 1048576"), "{error}");
}

#[test]
fn code_of_another_kind_is_refused() {
    let component = Hostile::default().build();
    let mut code = precompile(&component, Level::X86_64V3).unwrap();
    let load = |code: &[u8]| {
        #[allow(unsafe_code, reason = "compiled code is loaded")]
        // SAFETY: it was compiled here, or is refused before it runs.
        let program = unsafe { Program::precompiled(code.to_vec(), &SandboxOptions::default()) };
        program
    };
    let plugin = ComponentPlugin::start(&load(&code).unwrap(), &SandboxOptions::default()).unwrap();
    assert_eq!(&*plugin.call(MSG_ECHO, &[b"a"]).unwrap(), b"a");
    assert_eq!(load(b"").unwrap_err().code(), 2);
    assert_eq!(load(&component).unwrap_err().code(), 2);
    let processor = std::env::consts::ARCH.as_bytes();
    let place = code.windows(processor.len()).position(|bytes| bytes == processor).unwrap();
    code[place] = b'?';
    assert_eq!(load(&code).unwrap_err().code(), 2);
}
