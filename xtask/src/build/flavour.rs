//! What people get, or what tests need.

/// What is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// What people get.
    Release,
    /// For the hosts' tests: one more message, which panics. Built as tests are, for a quick start and not for speed.
    Testing,
}

impl Flavour {
    /// The folder below target/ that artefacts go to unless told otherwise.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Release => "artifacts",
            Self::Testing => "artifacts-testing",
        }
    }
}
