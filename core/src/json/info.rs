//! `plugin.info`: what this build is, and what it allows.

use std::env::consts::{ARCH, OS};

use serde::Serialize;
use thumbox_protocol::{Limits, MESSAGES, OutputFormat, TAGS};

use super::names::{FormatName, OutputName};
use super::text;
use crate::budget::Budget;
use crate::codec::read_here;
use crate::error::Result;

/// Which of the builds carries the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub enum Build {
    /// The C ABI's library, or the crate itself: in the caller's process.
    Native,
    /// The WASI component: in a sandbox, whatever library that is in.
    Component,
}

/// What the plugin is, and what it allows. The one reply that differs between builds.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "plugin.info reply", deny_unknown_fields))]
pub(super) struct PluginInfoReply {
    /// The plugin's name.
    name: &'static str,
    /// The release.
    version: &'static str,
    /// What this build reads, where the configuration allows it. A host with further components reads more.
    input_formats: Vec<FormatName>,
    /// What is written.
    output_formats: [OutputName; 3],
    /// The tags of the JSON transport.
    tags: [&'static str; 5],
    /// The ids of the binary transport.
    message_ids: [u32; 5],
    /// What a call may take, as it is configured.
    limits: InfoLimits,
    /// Which build this is.
    build: InfoBuild,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, deny_unknown_fields))]
struct InfoLimits {
    /// Pixels of a source picture.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    max_pixels: u64,
    /// Bytes of working memory for one call.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    max_memory: u64,
    /// Bytes of a reply.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    max_reply: u64,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, deny_unknown_fields))]
struct InfoBuild {
    /// In the caller's process, or in a sandbox.
    kind: Build,
    /// The processor that it was compiled for, by Rust's name for it.
    arch: &'static str,
    /// The operating system that it was compiled for, by Rust's name for it; "unknown" for none.
    os: &'static str,
    /// Whether it has a developer's checks, which make it slow.
    debug: bool,
}

pub(super) fn answer(build: Build, budget: &Budget) -> Result<String> {
    let &Limits { formats, max_pixels, max_memory, max_reply } = budget.limits();
    let info = PluginInfoReply {
        name: "thumbox",
        version: env!("CARGO_PKG_VERSION"),
        input_formats: read_here()
            .filter(|format| formats.contains(*format))
            .map(FormatName::from)
            .collect(),
        output_formats: OutputFormat::ALL.map(OutputName::from),
        tags: TAGS,
        message_ids: MESSAGES.map(|(id, _)| id),
        limits: InfoLimits { max_pixels, max_memory, max_reply },
        build: InfoBuild {
            kind: build,
            arch: ARCH,
            os: if OS.is_empty() { "unknown" } else { OS },
            debug: cfg!(debug_assertions),
        },
    };
    text::reply(&info, budget)
}
