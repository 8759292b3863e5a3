//! The platforms of the bundle: this machine's, and those that Debian's cross compilers and rustup's targets build from
//! Linux on x86_64.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::browser::provide;
use crate::build;
use crate::project::Project;

/// A platform that another one builds for and tries out.
pub(crate) struct Cross {
    /// Its key in a bundle.
    pub(crate) platform: &'static str,
    /// Its triple.
    pub(crate) target: &'static str,
    /// The compiler, and Debian's package of it.
    pub(crate) compiler: (&'static str, &'static str),
    /// More for the linker.
    flags: &'static [&'static str],
    /// What runs its programs here, and Debian's package of it.
    pub(crate) runner: (&'static str, &'static str),
}

/// All of them. macOS is not among them: its SDK may not be given away.
pub(crate) const CROSS: [Cross; 2] = [
    Cross {
        platform: "linux-aarch64",
        target: "aarch64-unknown-linux-gnu",
        // The compiler only recommends the C library that it links with.
        compiler: ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
        flags: &[],
        runner: ("qemu-aarch64-static", "qemu-user-static"),
    },
    Cross {
        platform: "windows-x86_64",
        target: "x86_64-pc-windows-gnu",
        compiler: ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
        // The header would have the time of linking.
        flags: &["-Clink-arg=-Wl,--no-insert-timestamp"],
        runner: ("wine", "wine"),
    },
];

impl Cross {
    /// Builds the library, installing what is missing where that is allowed.
    pub(crate) fn build(&self, project: &Project) -> Result<PathBuf> {
        let (compiler, package) = self.compiler;
        provide(project, compiler, package)?;
        let library = build::native_for(project, self.target, compiler, self.flags)?;
        // Where the next build, for the next platform, does not write.
        let kept = project.target.join("artifacts").join(self.platform);
        fs::create_dir_all(&kept)?;
        let kept = kept.join(library.file_name().unwrap_or_default());
        build::copy(&library, &kept)?;
        Ok(kept)
    }
}

/// This machine's key in a bundle.
pub(crate) fn here() -> Result<&'static str> {
    use std::env::consts::{ARCH, OS};
    Ok(match (OS, ARCH) {
        ("linux", "x86_64") => "linux-x86_64",
        ("linux", "aarch64") => "linux-aarch64",
        ("macos", "x86_64") => "darwin-x86_64",
        ("macos", "aarch64") => "darwin-aarch64",
        ("windows", "x86_64") => "windows-x86_64",
        ("windows", "aarch64") => "windows-aarch64",
        other => bail!("a bundle has no name for {other:?}"),
    })
}

/// Whether this machine builds for the others.
pub(crate) fn builds_for_others() -> bool {
    here().is_ok_and(|here| here == "linux-x86_64")
}
