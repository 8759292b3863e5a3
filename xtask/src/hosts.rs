//! What the programs of hosts/examples need beyond Rust and Python: Debian has all of it.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::browser::{install, provide};
use crate::project::Project;

/// Java Native Access, where Debian's package puts it.
pub(crate) const JNA: &str = "/usr/share/java/jna.jar";

/// Programs that say their version, and the packages that have them.
const PROGRAMS: [(&str, &str); 8] = [
    ("cc", "gcc"),
    ("make", "make"),
    ("cmake", "cmake"),
    ("pkg-config", "pkgconf"),
    ("java", "default-jre-headless"),
    ("javac", "default-jdk-headless"),
    ("mcs", "mono-mcs"),
    ("mono", "mono-runtime"),
];

/// Installs what is missing. Kotlin's compiler is not among it: it needs 71 packages for one example.
pub(crate) fn set_up(project: &Project) -> Result<()> {
    for (program, package) in PROGRAMS {
        provide(project, program, package)?;
    }
    // Go's program takes `version` for a command.
    let go = || Command::new("go").arg("version").output().is_ok_and(|go| go.status.success());
    if !go() {
        install(project, "go", "golang-go")?;
        ensure!(go(), "go is needed; the package golang-go was installed, and it does not run");
    }
    if !Path::new(JNA).is_file() {
        install(project, "Java Native Access", "libjna-java")?;
        ensure!(Path::new(JNA).is_file(), "the package libjna-java was installed without {JNA}");
    }
    Ok(())
}
