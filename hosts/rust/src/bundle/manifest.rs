//! A bundle's manifest, parsed strictly: what is read of it has been checked, and what is not known is left alone.
//!
//! Format: rustbridge's bundles, versions 1.0 and 1.1.

use std::collections::BTreeMap;

use super::json::{self, Json};
use super::names::{fault, shown};

const VERSIONS: [&str; 2] = ["1.0", "1.1"];
const PLUGIN: &str = "thumbox";
const PLATFORMS: [&str; 6] = [
    "linux-x86_64",
    "linux-aarch64",
    "darwin-x86_64",
    "darwin-aarch64",
    "windows-x86_64",
    "windows-aarch64",
];

/// A file of the bundle that the manifest names with its checksum.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) path: String,
    /// 64 lowercase hexadecimal digits.
    pub(super) sha256: String,
}

/// What a host needs of it.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) version: String,
    /// By platform and variant.
    pub(super) libraries: BTreeMap<String, BTreeMap<String, Listed>>,
    /// Every file that is named.
    pub(super) paths: Vec<String>,
}

type Result<T> = std::result::Result<T, String>;

/// The manifest in these bytes; else what is wrong with it, to follow its name.
pub(super) fn parse(content: &[u8]) -> Result<Manifest> {
    let whole = json::parse(content)?;
    let manifest = Object::new(String::new(), &whole)?;
    let version = manifest.text("bundle_version")?;
    if !VERSIONS.contains(&version) {
        let known = VERSIONS.join(" or ");
        return Err(format!("has the bundle_version \"{}\"; {known} is known", shown(version)));
    }
    let plugin = manifest.object("plugin")?;
    let name = plugin.matching("name", is_plugin_name)?;
    if name != PLUGIN {
        return Err(format!("is of the plugin \"{name}\"; this host is for \"{PLUGIN}\""));
    }
    let version = plugin.matching("version", is_version)?.to_owned();
    let mut paths = Vec::new();
    if let Some(sbom) = manifest.optional_object("sbom")? {
        for kind in ["cyclonedx", "spdx"].into_iter().filter(|kind| sbom.has(kind)) {
            paths.push(sbom.path(kind, "sbom/")?);
        }
    }
    for kind in ["license_file", "notices"].into_iter().filter(|kind| manifest.has(kind)) {
        paths.push(manifest.path(kind, "")?);
    }
    let libraries = libraries(&manifest.object("platforms")?)?;
    paths.extend(libraries.values().flat_map(|one| one.values()).map(|one| one.path.clone()));
    if let Some(schemas) = manifest.optional_object("schemas")? {
        for (name, schema) in schemas.objects() {
            let wrong =
                fault(name).or_else(|| name.contains('/').then(|| "is no plain name".to_owned()));
            if let Some(wrong) = wrong {
                return Err(format!("has the schema \"{}\", which {wrong}", shown(name)));
            }
            paths.push(schema?.listed("path", "schema/")?.path);
        }
    }
    if manifest.has("public_key") {
        manifest.text("public_key")?;
    }
    manifest.optional_object("build_info")?;
    Ok(Manifest { version, libraries, paths })
}

fn libraries(platforms: &Object<'_>) -> Result<BTreeMap<String, BTreeMap<String, Listed>>> {
    let mut libraries = BTreeMap::new();
    for (key, platform) in platforms.objects() {
        if !PLATFORMS.contains(&key) {
            let known = PLATFORMS.join(", ");
            return Err(format!("has the platform \"{}\"; {known} are known", shown(key)));
        }
        let mut variants = BTreeMap::new();
        for (name, variant) in platform?.object("variants")?.objects() {
            if !is_variant(name) {
                let name = shown(name);
                return Err(format!(
                    "has the variant \"{name}\" for {key}, which is not allowed there"
                ));
            }
            variants.insert(name.to_owned(), variant?.listed("library", "lib/")?);
        }
        libraries.insert(key.to_owned(), variants);
    }
    if libraries.is_empty() {
        return Err("has no platforms".to_owned());
    }
    Ok(libraries)
}

fn is_plugin_name(name: &str) -> bool {
    is_word(name, |one| one == b'_' || one == b'-')
}

fn is_variant(name: &str) -> bool {
    is_word(name, |one| one == b'-')
}

/// 1 to 64 lowercase letters, digits and what is allowed between them.
fn is_word(name: &str, between: impl Fn(u8) -> bool) -> bool {
    let is_letter = |one: &u8| one.is_ascii_lowercase() || one.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.len() <= 64
        && bytes.first().is_some_and(is_letter)
        && bytes.last().is_some_and(is_letter)
        && bytes.iter().all(|one| is_letter(one) || between(*one))
}

fn is_version(version: &str) -> bool {
    let bytes = version.as_bytes();
    bytes.len() <= 64
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|one| one.is_ascii_alphanumeric() || b".+-".contains(one))
}

fn is_checksum(checksum: &str) -> bool {
    checksum.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64
            && digits.bytes().all(|one| one.is_ascii_digit() || (b'a'..=b'f').contains(&one))
    })
}

/// A JSON object and its name, for messages.
struct Object<'a> {
    name: String,
    members: &'a BTreeMap<String, Json>,
}

impl<'a> Object<'a> {
    fn new(name: String, json: &'a Json) -> Result<Self> {
        match json {
            Json::Object(members) => Ok(Self { name, members }),
            _ if name.is_empty() => Err("is not an object".to_owned()),
            _ => Err(format!("has {name} that is not an object")),
        }
    }

    fn has(&self, key: &str) -> bool {
        !matches!(self.members.get(key), None | Some(Json::Null))
    }

    /// The member's name from the top.
    fn full(&self, key: &str) -> String {
        let key = shown(key);
        if self.name.is_empty() { key } else { format!("{}.{key}", self.name) }
    }

    fn object(&self, key: &str) -> Result<Object<'a>> {
        match self.members.get(key) {
            Some(json) => Object::new(self.full(key), json),
            None => Err(format!("has no {}", self.full(key))),
        }
    }

    fn optional_object(&self, key: &str) -> Result<Option<Object<'a>>> {
        if self.has(key) { self.object(key).map(Some) } else { Ok(None) }
    }

    fn objects(&self) -> impl Iterator<Item = (&'a str, Result<Object<'a>>)> {
        self.members.iter().map(|(key, json)| (key.as_str(), Object::new(self.full(key), json)))
    }

    fn text(&self, key: &str) -> Result<&'a str> {
        match self.members.get(key) {
            Some(Json::Text(text)) => Ok(text),
            None | Some(Json::Null) => Err(format!("has no {}", self.full(key))),
            Some(_) => Err(format!("has a value that is no text as its {}", self.full(key))),
        }
    }

    fn matching(&self, key: &str, is_allowed: impl Fn(&str) -> bool) -> Result<&'a str> {
        let value = self.text(key)?;
        if is_allowed(value) {
            return Ok(value);
        }
        let (value, key) = (shown(value), self.full(key));
        Err(format!("has \"{value}\" as its {key}, which is not allowed there"))
    }

    fn path(&self, key: &str, folder: &str) -> Result<String> {
        let value = self.text(key)?;
        let wrong = fault(value)
            .or_else(|| (!value.starts_with(folder)).then(|| format!("is not below {folder}")));
        match wrong {
            None => Ok(value.to_owned()),
            Some(wrong) => {
                let (value, key) = (shown(value), self.full(key));
                Err(format!("names \"{value}\" as its {key}, which {wrong}"))
            }
        }
    }

    fn listed(&self, key: &str, folder: &str) -> Result<Listed> {
        let path = self.path(key, folder)?;
        let checksum = self.matching("checksum", is_checksum)?;
        Ok(Listed { path, sha256: checksum.trim_start_matches("sha256:").to_owned() })
    }
}
