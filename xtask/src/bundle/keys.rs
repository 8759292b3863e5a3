//! Minisign's keys and signatures without a terminal, a password, a clock or chance in a signature.
//! Format: <https://jedisct1.github.io/minisign/>, sections "Signature format", "Public key format", "Secret key format".
//!
//! The crate `minisign` adds noise to each signature, so that no two bundles would be the same bytes.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Blake2b512, Digest as _};
use ed25519_compact::{KeyPair, SecretKey, Seed};

use crate::project::Project;

const ALGORITHM: &[u8] = b"Ed";
/// Of a signature over the BLAKE2b-512 hash.
const HASHED: &[u8] = b"ED";
const CHECKSUM: &[u8] = b"B2";
const NO_PASSWORD: &[u8] = &[0, 0];
/// Salt and two limits, which a key without a password does not need.
const DERIVATION_BYTES: usize = 32 + 8 + 8;

/// Where `cargo xtask bundle` takes the key from when no file is named: the text of a key file.
pub(crate) const VARIABLE: &str = "THUMBOX_SIGNING_KEY";

/// A key pair and its number.
pub(crate) struct Key {
    number: [u8; 8],
    pair: KeyPair,
}

impl Key {
    /// A new one.
    pub(crate) fn generate() -> Result<Self> {
        let (mut seed, mut number) = ([0; 32], [0; 8]);
        for bytes in [&mut seed[..], &mut number[..]] {
            getrandom::fill(bytes)
                .map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
        }
        Ok(Self { number, pair: KeyPair::from_seed(Seed::new(seed)) })
    }

    /// Reads a secret key file, or its second line.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        let bytes = BASE64.decode(line.trim()).context("a minisign secret key is base64")?;
        let mut rest = bytes.as_slice();
        let mut take = |count: usize| match rest.split_at_checked(count) {
            Some((taken, left)) => {
                rest = left;
                Ok(taken)
            }
            None => Err(anyhow!("a minisign secret key has 158 bytes, not {}", bytes.len())),
        };
        ensure!(take(2)? == ALGORITHM, "not a minisign secret key: it does not start with Ed");
        if take(2)? != NO_PASSWORD {
            bail!(
                "the key has a password; `minisign -C -W` takes it off, `cargo xtask keygen` makes a key without"
            );
        }
        ensure!(take(2)? == CHECKSUM, "a minisign secret key whose checksum is not BLAKE2b");
        take(DERIVATION_BYTES)?;
        let number = <[u8; 8]>::try_from(take(8)?)?;
        let secret = take(64)?;
        let checksum = take(32)?;
        ensure!(rest.is_empty(), "a minisign secret key has 158 bytes, not {}", bytes.len());
        ensure!(checksum == Self::checksum(&number, secret), "the key's checksum is not right");
        let secret = SecretKey::from_slice(secret).map_err(|error| anyhow!("the key: {error}"))?;
        let pair = KeyPair::from_seed(secret.seed());
        ensure!(pair.sk == secret, "the two halves of the key do not belong together");
        Ok(Self { number, pair })
    }

    /// The secret key file.
    pub(crate) fn secret_file(&self) -> String {
        let checksum = Self::checksum(&self.number, &*self.pair.sk);
        let empty = [0; DERIVATION_BYTES];
        let parts: [&[u8]; 7] =
            [ALGORITHM, NO_PASSWORD, CHECKSUM, &empty, &self.number, &*self.pair.sk, &checksum];
        let line = BASE64.encode(parts.concat());
        format!("untrusted comment: minisign secret key {}\n{line}\n", self.name())
    }

    /// The public key: one line of base64.
    pub(crate) fn public_key(&self) -> String {
        BASE64.encode([ALGORITHM, &self.number, &*self.pair.pk].concat())
    }

    /// The public key file.
    pub(crate) fn public_file(&self) -> String {
        format!("untrusted comment: minisign public key {}\n{}\n", self.name(), self.public_key())
    }

    /// The signature file of a content. The comment is signed, too; it is one line.
    pub(crate) fn sign(&self, content: &[u8], comment: &str) -> String {
        let signature = self.pair.sk.sign(Blake2b512::digest(content), None);
        let line = BASE64.encode([HASHED, &self.number, &signature[..]].concat());
        let all = self.pair.sk.sign([&signature[..], comment.as_bytes()].concat(), None);
        let all = BASE64.encode(&all[..]);
        let name = self.name();
        format!(
            "untrusted comment: signature of minisign key {name}\n{line}\ntrusted comment: {comment}\n{all}\n"
        )
    }

    /// The number as minisign prints it.
    fn name(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.number))
    }

    fn checksum(number: &[u8], secret: &[u8]) -> [u8; 32] {
        let parts = [ALGORITHM, number, secret].concat();
        Blake2b::<U32>::digest(parts).into()
    }
}

/// The key of `--key FILE`, or of the environment; none where neither is given.
pub(crate) fn given(file: Option<&Path>) -> Result<Option<Key>> {
    if let Some(file) = file {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        return Key::parse(&text).with_context(|| file.display().to_string()).map(Some);
    }
    match std::env::var(VARIABLE) {
        // As a workflow has it where nobody has set it.
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Key::parse(&text).context(VARIABLE).map(Some),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(VARIABLE),
    }
}

/// `cargo xtask keygen`.
pub(crate) fn task(_: &Project, arguments: Vec<OsString>) -> Result<()> {
    let mut secret = PathBuf::from("thumbox.key");
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("out") => secret = PathBuf::from(parser.value()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let key = Key::generate()?;
    let public = keep(&key, &secret)?;
    println!("secret key: {} (without a password: keep the file to yourself)", secret.display());
    println!("public key: {}", public.display());
    println!("{}", key.public_key());
    Ok(())
}

/// Writes both files of a key, neither over another, and says where the public one is.
pub(crate) fn keep(key: &Key, secret: &Path) -> Result<PathBuf> {
    let public = secret.with_extension("pub");
    ensure!(public != secret, "--out {}: the public key gets the ending .pub", secret.display());
    ensure!(!public.exists(), "{} is there already", public.display());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(secret).with_context(|| secret.display().to_string())?;
    file.write_all(key.secret_file().as_bytes()).with_context(|| secret.display().to_string())?;
    fs::write(&public, key.public_file()).with_context(|| public.display().to_string())?;
    Ok(public)
}

#[cfg(test)]
mod tests {
    use minisign_verify::{PublicKey, Signature};

    use super::*;

    #[test]
    fn another_implementation_accepts_a_signature_and_refuses_a_changed_one() {
        let key = Key::generate().unwrap();
        let public = PublicKey::decode(&key.public_file()).unwrap();
        assert!(key.public_file().ends_with(&format!("\n{}\n", key.public_key())));
        let text = key.sign(b"content", "thumbox 1.0.0 a/b.so");
        let signature = Signature::decode(&text).unwrap();
        assert_eq!(signature.trusted_comment(), "thumbox 1.0.0 a/b.so");
        public.verify(b"content", &signature, false).unwrap();
        public.verify(b"content!", &signature, false).unwrap_err();
        let other = Signature::decode(&text.replace("a/b.so", "a/c.so")).unwrap();
        public.verify(b"content", &other, false).unwrap_err();
        let foreign = Key::generate().unwrap().sign(b"content", "thumbox 1.0.0 a/b.so");
        public.verify(b"content", &Signature::decode(&foreign).unwrap(), false).unwrap_err();
    }

    #[test]
    fn a_key_is_read_back_and_signs_the_same() {
        let key = Key::generate().unwrap();
        let file = key.secret_file();
        let line = file.lines().nth(1).unwrap().to_owned();
        for text in [file.clone(), line, file.replace('\n', "\r\n")] {
            let again = Key::parse(&text).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            assert_eq!(again.sign(b"content", "comment"), key.sign(b"content", "comment"));
        }
    }

    #[test]
    fn what_is_no_secret_key_is_refused_with_its_reason() {
        let key = Key::generate().unwrap();
        let line = key.secret_file().lines().nth(1).unwrap().to_owned();
        let bytes = BASE64.decode(line).unwrap();
        let changed = |at: usize, value: &[u8]| {
            let mut bytes = bytes.clone();
            bytes[at..at + value.len()].copy_from_slice(value);
            BASE64.encode(bytes)
        };
        let secret = 6 + DERIVATION_BYTES + 8;
        for (text, reason) in [
            (String::new(), "158 bytes, not 0"),
            ("?".to_owned(), "base64"),
            (key.public_key(), "has a password"),
            (BASE64.encode(&bytes[..157]), "158 bytes, not 157"),
            (BASE64.encode([&bytes[..], b"x"].concat()), "158 bytes, not 159"),
            (changed(0, b"XX"), "does not start with Ed"),
            (changed(2, b"Sc"), "has a password"),
            (changed(4, b"XX"), "not BLAKE2b"),
            (changed(secret, b"xx"), "checksum"),
        ] {
            let error = format!("{:#}", Key::parse(&text).err().unwrap());
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }

    #[test]
    fn a_key_file_is_for_its_owner_and_is_never_overwritten() {
        let folder = std::env::temp_dir().join(format!("thumbox-keys-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let secret = folder.join("test.key");
        let key = Key::generate().unwrap();
        let public = keep(&key, &secret).unwrap();
        assert_eq!(fs::read_to_string(&public).unwrap(), key.public_file());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let other = Key::generate().unwrap();
        keep(&other, &secret).unwrap_err();
        fs::remove_file(&public).unwrap();
        keep(&other, &secret).unwrap_err();
        assert_eq!(given(Some(&secret)).unwrap().unwrap().public_key(), key.public_key());
        assert!(!public.exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
