//! How many tests passed, failed and were skipped, read from what the test programs say.

use std::fmt;
use std::ops::AddAssign;

/// The outcome of a set of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Counts {
    /// Reads the line `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out`. A test that was
    /// filtered out did not run either.
    pub(super) fn of_cargo(line: &str) -> Option<Self> {
        let (_, outcome) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |kind: &str| {
            let part = outcome.split(';').find_map(|part| part.trim().strip_suffix(kind))?;
            part.trim().parse::<u64>().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")? + count("filtered out")?,
        })
    }

    /// Reads the last lines of `node --test`: `ℹ pass 3`, `ℹ fail 0`, and so on. A test that was cancelled, or is yet
    /// to be written, did not pass.
    pub(super) fn of_node(output: &str) -> Option<Self> {
        let count = |kind: &str| {
            let lines = output.lines().rev();
            let mut numbers = lines
                .filter_map(|line| line.split_once(&format!("ℹ {kind} "))?.1.trim().parse().ok());
            numbers.next()
        };
        Some(Self {
            passed: count("pass")?,
            failed: count("fail")? + count("cancelled")?,
            skipped: count("skipped")? + count("todo")?,
        })
    }

    /// Reads the suites of a JUnit report.
    pub(super) fn of_junit(report: &str) -> Option<Self> {
        let mut counts = Self::default();
        let mut suites = report.split("<testsuite ").skip(1).peekable();
        suites.peek()?;
        for suite in suites {
            let (attributes, _) = suite.split_once('>')?;
            let count = |name: &str| {
                let (_, value) = attributes.split_once(&format!(" {name}=\""))?;
                value.split_once('"')?.0.parse::<u64>().ok()
            };
            let failed = count("failures")? + count("errors")?;
            let skipped = count("skipped")?;
            let passed = count("tests")?.checked_sub(failed + skipped)?;
            counts += Self { passed, failed, skipped };
        }
        Some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_counts_ignored_and_filtered_tests_as_skipped() {
        let line = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s";
        assert_eq!(Counts::of_cargo(line), Some(Counts { passed: 3, failed: 0, skipped: 3 }));
        let line = "test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Counts::of_cargo(line), Some(Counts { passed: 3, failed: 4, skipped: 0 }));
        assert_eq!(Counts::of_cargo("test a_name ... ok"), None);
    }

    #[test]
    fn node_counts_what_did_not_pass() {
        let output = "✔ a name (1ms)\nℹ tests 9\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\nℹ skipped 2\nℹ todo 2\nℹ duration_ms 12.5";
        assert_eq!(Counts::of_node(output), Some(Counts { passed: 3, failed: 2, skipped: 4 }));
        assert_eq!(Counts::of_node("✔ a name (1ms)"), None);
    }

    #[test]
    fn junit_counts_over_all_suites() {
        let report = r#"<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
            failures="2" skipped="3" tests="10" time="0.1"><testcase/></testsuite></testsuites>"#;
        assert_eq!(Counts::of_junit(report), Some(Counts { passed: 4, failed: 3, skipped: 3 }));
        assert_eq!(Counts::of_junit("<testsuites></testsuites>"), None);
    }
}
