//! Files in JSON: base64 as in RFC 4648, section 4, with its padding. What comes out is paid for before it is there.

use std::borrow::Cow;

use base64::DecodeSliceError::{DecodeError, OutputSliceTooSmall};
use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::object::shown;
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// What a request without its image is told.
pub(super) const IMAGE_NEEDED: &str = "the image file in base64 is needed";

const ALLOWED: &str = "a file in base64 (RFC 4648, section 4, with padding) is allowed";

/// The file whose base64 is the JSON string `raw`.
pub(super) fn decode<'b>(
    name: &'static str,
    raw: &str,
    budget: &'b Budget,
) -> Result<(Vec<u8>, Charge<'b>)> {
    let Some(quoted) = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) else {
        return Err(Error::parameter(name, shown(raw), ALLOWED));
    };
    let (text, unescaped) = if memchr::memchr(b'\\', quoted.as_bytes()).is_some() {
        // Some writers escape "/" or "+". The text, and the buffer that it grows in.
        let charge = budget.charge(4 * raw.len() as u64, "reading the escapes of the request")?;
        let text: String = serde_json::from_str(raw)
            .map_err(|error| Error::parameter(name, shown(raw), format!("{ALLOWED}: {error}")))?;
        (Cow::Owned(text), Some(charge))
    } else {
        (Cow::Borrowed(quoted), None)
    };
    let most = base64::decoded_len_estimate(text.len());
    let charge = budget.charge(most as u64, "the image of the request")?;
    let mut file = vec![0; most];
    let length = match STANDARD.decode_slice(text.as_bytes(), &mut file) {
        Ok(length) => length,
        Err(DecodeError(error)) => {
            return Err(Error::parameter(name, shown(raw), format!("{ALLOWED}: {error}")));
        }
        Err(OutputSliceTooSmall) => {
            return Err(Error::Bug("base64 is longer than was estimated".into()));
        }
    };
    drop((text, unescaped));
    file.truncate(length);
    Ok((file, charge))
}

/// Bytes of the base64 of a file of `length` bytes.
pub(super) fn encoded_length(length: usize) -> u64 {
    (length as u64).div_ceil(3) * 4
}

/// A file, written as its base64 without a copy of that.
pub(super) struct Base64<'a>(pub(super) &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Base64<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Base64".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "contentEncoding": "base64" })
    }
}
