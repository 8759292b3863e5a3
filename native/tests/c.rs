//! The library as C programs meet it: compiled strictly, run under ASan and UBSan with leak detection.
//!
//! They need a C compiler (`cc`, or what `CC` names) and `make`; a machine without them fails here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use thumbox_protocol::LAYOUTS;

/// The library: the sandbox library's package has these tests, too.
const LIBRARY: &str = match env!("CARGO_PKG_NAME").as_bytes() {
    b"thumbox-native" => "thumbox",
    _ => "thumbox_sandbox",
};

const STRICT: &[&str] = &["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const SANITIZED: &[&str] = &[
    "-g",
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
    "-pthread",
];

#[test]
fn a_c_program_makes_thumbnails_and_frees_everything() {
    let program = compile("abi.c");
    let output = run(Command::new(&program));
    assert!(output.status.success(), "{}", text(&output));
}

/// The check of the check: a forgotten reply is found.
#[test]
#[cfg(target_os = "linux")]
fn a_c_program_that_forgets_a_reply_fails() {
    let mut program = Command::new(compile("abi.c"));
    program.arg("leak");
    let output = run(program);
    assert!(!output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("9 byte(s) leaked in 1 allocation(s)"), "{}", text(&output));
}

#[test]
#[cfg(unix)]
fn a_c_program_goes_on_in_the_child_of_a_fork() {
    let mut program = Command::new(compile("fork.c"));
    if LIBRARY == "thumbox_sandbox" {
        program.arg("deadlines");
    }
    // What belonged to the parent's threads is nobody's in the child.
    let output = run_with(program, "detect_leaks=0");
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn the_golden_set_gives_the_same_bytes_through_the_c_abi() {
    let folder = root().join("testdata/golden");
    let mut program = Command::new(compile("golden.c"));
    program.arg(&folder);
    let output = run(program);
    assert!(output.status.success(), "{}", text(&output));
}

/// The check of the check: a set of our own, and each way in which it can differ.
#[test]
fn the_golden_replay_finds_what_differs() {
    let folder = scratch("golden-check");
    for part in ["sources", "replies"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    let message = thumbox_protocol::Error::UnknownMessage(9).to_string();
    write("sources/lo", b"lo");
    write("replies/one", b"hello");
    write("replies/two", message.as_bytes());
    let program = compile("golden.c");
    let replay = |cases: &str| {
        write("cases.tsv", cases.as_bytes());
        let mut program = Command::new(&program);
        program.arg(&folder);
        run(program)
    };
    let output = replay("one\t1\t0\t68656C\tlo\none\t1\t0\t68656c6c6f\t-\ntwo\t9\t6\t-\t-\n");
    assert!(output.status.success(), "{}", text(&output));
    for wrong in [
        "",
        "one\t1\t6\t68656c\tlo\n",
        "one\t1\t0\t68656c\t-\n",
        "one\t1\t0\t-\tlo\n",
        "one\t1\t0\t68656\tlo\n",
        "one\t1\t0\t68656c\tla\n",
        "two\t9\t0\t-\t-\n",
        "three\t1\t0\t68656c\tlo\n",
        "one\n",
        "one\t2\t0\t68656c\tlo\n",
    ] {
        assert!(!replay(wrong).status.success(), "{wrong:?}");
    }
    for other in [b"hallo".as_slice(), b"hello "] {
        write("replies/one", other);
        assert!(!replay("one\t1\t0\t68656c\tlo\n").status.success());
    }
}

#[test]
fn the_structures_of_the_header_have_the_cores_layouts() {
    let mut source = String::from("#include \"thumbox.h\"\n");
    for layout in LAYOUTS {
        let (name, size) = (layout.name, layout.size);
        writeln!(source, "_Static_assert(sizeof(Thumbox{name}) == {size}, \"{name}\");").unwrap();
        for field in layout.fields {
            let (member, offset, size) = (field.name, field.offset, field.size);
            writeln!(
                source,
                "_Static_assert(offsetof(Thumbox{name}, {member}) == {offset} && \
                 sizeof(((Thumbox{name} *)0)->{member}) == {size}, \"{name}.{member}\");"
            )
            .unwrap();
        }
    }
    let path = scratch("layouts").join("layouts.c");
    let check = |source: &str| {
        fs::write(&path, source).unwrap();
        let mut cc = compiler();
        cc.args(STRICT).arg("-fsyntax-only").arg("-I").arg(include()).arg(&path);
        run(cc)
    };
    let output = check(&source);
    assert!(output.status.success(), "{}", text(&output));
    let output = check(&source.replacen("== 24", "== 25", 1));
    assert!(!output.status.success(), "a wrong size is found");
}

#[test]
fn the_example_writes_a_thumbnail_of_a_file() {
    let folder = scratch("example");
    let mut make = Command::new("make");
    make.arg("-C").arg(root().join("hosts/examples/c"));
    make.arg("-B").arg(format!("LIB={}", library_folder().display()));
    make.arg(format!("NAME={LIBRARY}")).arg(format!("OUT={}", folder.display()));
    make.arg(format!("CFLAGS={} {}", STRICT.join(" "), SANITIZED.join(" ")));
    let output = run(make);
    assert!(output.status.success(), "{}", text(&output));

    let (photo, thumb) = (folder.join("photo.bmp"), folder.join("thumb.jpg"));
    fs::write(&photo, bmp(300, 200)).unwrap();
    let example = |arguments: &[&Path]| {
        let mut program = Command::new(folder.join("thumbnail"));
        program.args(arguments);
        run(program)
    };
    let output = example(&[&photo, &thumb, Path::new("60")]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("photo: 300 x 200"), "{}", text(&output));
    assert!(text(&output).contains("thumb.jpg: 60 x 40"), "{}", text(&output));
    let written = fs::read(&thumb).unwrap();
    assert!(written.starts_with(&[0xff, 0xd8, 0xff]) && written.ends_with(&[0xff, 0xd9]));

    let refused = |arguments: &[&Path], words: &str| {
        let output = example(arguments);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", text(&output));
        assert!(text(&output).contains(words), "{}", text(&output));
    };
    fs::write(&photo, "no picture").unwrap();
    refused(&[&photo, &thumb], "error 200: ");
    refused(&[&folder.join("nothing"), &thumb], "No such file");
    refused(&[&folder, &thumb], "Is a directory");
    refused(&[&photo], "usage: ");
}

/// An uncompressed 24-bit BMP, all of one colour.
fn bmp(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let size = 54 + row * height;
    let mut file = b"BM".to_vec();
    for value in [size, 0, 54, 40, width, height, 24 << 16 | 1, 0, row * height, 2835, 2835, 0, 0] {
        file.extend(value.to_le_bytes());
    }
    file.resize(size as usize, 90);
    file
}

/// Compiles a program of `tests/c` against the library, once for each test that asks.
fn compile(source: &str) -> PathBuf {
    let name = std::thread::current().name().unwrap().to_owned();
    let program = scratch(&name).join(source.trim_end_matches(".c"));
    let library = library_folder();
    let mut cc = compiler();
    cc.args(STRICT).args(SANITIZED).arg("-I").arg(include());
    cc.arg(root().join("native/tests/c").join(source)).arg("-o").arg(&program);
    cc.arg("-L").arg(&library).arg(format!("-l{LIBRARY}"));
    cc.arg(format!("-Wl,-rpath,{}", library.display()));
    let output = run(cc);
    assert!(output.status.success(), "{}", text(&output));
    program
}

fn compiler() -> Command {
    Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

fn run(command: Command) -> Output {
    run_with(command, "detect_leaks=1")
}

fn run_with(mut command: Command, options: &str) -> Output {
    // Cargo's own search path goes before the program's, and may lead to a library of another build.
    command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH");
    if cfg!(target_os = "linux") {
        command.env("ASAN_OPTIONS", options);
    }
    command.output().unwrap_or_else(|error| {
        panic!("{command:?} cannot be run: {error}; the tests of the C ABI need cc and make")
    })
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}: {}{}", output.status, String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// A folder with the library that this test was built with, which lies beside the test itself, under both of its names: the
/// linker's, and the one that programs record.
fn library_folder() -> PathBuf {
    let built = env::current_exe().unwrap().with_file_name(name(""));
    assert!(built.is_file(), "there is no {}", built.display());
    let folder = scratch(std::thread::current().name().unwrap()).join("lib");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    for name in [name(""), name(".0")] {
        fs::hard_link(&built, folder.join(name)).unwrap();
    }
    folder
}

fn name(version: &str) -> String {
    if cfg!(target_os = "macos") {
        format!("lib{LIBRARY}{version}.dylib")
    } else {
        format!("{}{LIBRARY}{}{version}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
    }
}

fn scratch(name: &str) -> PathBuf {
    // Of a search path for libraries, a colon is the end.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace(':', "-"));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn include() -> PathBuf {
    root().join("native/include")
}

fn root() -> PathBuf {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.into_iter().find(|folder| folder.join("Cargo.lock").is_file()).unwrap().to_owned()
}
