//! The names that a bundle's entries may have.

const FOLDERS: [&str; 6] = ["bridge/", "docs/", "legal/", "lib/", "sbom/", "schema/"];
const TOP_FILES: [&str; 4] =
    ["manifest.json", "manifest.json.minisig", "SHA256SUMS", "SHA256SUMS.minisig"];
const LONGEST: usize = 255;

/// What is wrong with a name in a bundle; nothing if it is a plain relative path.
pub(super) fn fault(name: &str) -> Option<String> {
    let length = name.chars().count();
    let mut letters = name.chars();
    let is_drive =
        letters.next().is_some_and(|one| one.is_ascii_alphabetic()) && letters.next() == Some(':');
    let is_plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|one| one.is_ascii_alphanumeric() || "._+-".contains(one))
    };
    let said = if length == 0 || length > LONGEST {
        return Some(format!("has a name of {length} bytes; 1 to {LONGEST} are allowed"));
    } else if name.chars().any(|one| one.is_ascii_control()) {
        "has a control character in its name"
    } else if name.starts_with(['/', '\\']) || is_drive {
        "has an absolute name"
    } else if name.split(['/', '\\']).any(|part| part == "." || part == "..") {
        "has '.' or '..' in its name"
    } else if name.ends_with('/') {
        "is a folder"
    } else if !name.split('/').all(is_plain) {
        "has a name with other characters than letters, digits and ._+-/"
    } else {
        return None;
    };
    Some(said.to_owned())
}

/// Whether a bundle has a file of this name, or such a folder.
pub(super) fn is_known(name: &str) -> bool {
    TOP_FILES.contains(&name) || FOLDERS.iter().any(|folder| name.starts_with(folder))
}

/// What a bundle has.
pub(super) fn known() -> String {
    [TOP_FILES.as_slice(), FOLDERS.as_slice()].concat().join(", ")
}

/// A text of somebody else as a message may show it: without control characters, and not for ever.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    shown
}
