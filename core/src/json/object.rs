//! Requests that are JSON objects: their keys held against the names that they may have, their values as they are
//! written, so that each is read, refused and paid for under its own name.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use thumbox_protocol::Error as RequestError;

use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// The values of an object by their keys, each given once at the most. A null is treated as absent.
pub(super) struct Object<'a> {
    values: Vec<(&'static str, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads a text whose keys are among `names`.
    pub(super) fn read(
        text: &'a str,
        names: &'static [&'static str],
        budget: &Budget,
    ) -> Result<Self> {
        let start = text.trim_ascii_start();
        if !start.is_empty() && !start.starts_with('{') {
            return Err(RequestError::Json(format!("{} is not an object", shown(start))).into());
        }
        let _parsing = charge_nesting(text, budget)?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let values =
            reader.deserialize_map(Keys(names)).and_then(|values| reader.end().map(|()| values));
        Ok(Self { values: values.map_err(|error| RequestError::Json(error.to_string()))?? })
    }

    /// The value of a key as it is written.
    pub(super) fn raw(&self, name: &'static str) -> Option<&'a str> {
        let (_, value) = self.values.iter().find(|(key, _)| *key == name)?;
        Some(value.get()).filter(|value| *value != "null")
    }

    /// A whole number, also where it is written with a fraction of zero, as some hosts do.
    pub(super) fn integer(
        &self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        match whole(raw) {
            Some(value) if range.contains(&value) => Ok(Some(value)),
            _ => {
                let allowed = format!("{} to {} is allowed", range.start(), range.end());
                Err(Error::parameter(name, shown(raw), allowed))
            }
        }
    }

    /// True or false.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>> {
        match self.raw(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Error::parameter(name, shown(other), "true or false is allowed")),
        }
    }

    /// One of some values, by its name.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        values: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let text = short_text(raw);
        match values.iter().find(|value| Some(word(**value)) == text.as_deref()) {
            Some(value) => Ok(Some(*value)),
            None => {
                let words: Vec<_> =
                    values.iter().map(|value| format!("{:?}", word(*value))).collect();
                let allowed = format!("{} are allowed", words.join(", "));
                Err(Error::parameter(name, shown(raw), allowed))
            }
        }
    }
}

/// The longest text of a value or key that is taken out of its JSON: longer ones are not among the known.
const SHORT: usize = 256;

/// The text of a short JSON string; `None` for what is none.
pub(super) fn short_text(raw: &str) -> Option<String> {
    if raw.len() > SHORT { None } else { serde_json::from_str(raw).ok() }
}

/// A whole number that 32 bits hold; `None` for what is none.
pub(super) fn whole(raw: &str) -> Option<u32> {
    if raw.len() > SHORT {
        return None;
    }
    if let Ok(number) = serde_json::from_str(raw) {
        return Some(number);
    }
    let number: f64 = serde_json::from_str(raw).ok()?;
    if number.fract() != 0.0 || !(0.0..=u32::MAX.into()).contains(&number) {
        return None;
    }
    // Without the sign that a zero may have.
    format!("{:.0}", number.abs()).parse().ok()
}

/// What stands in a request as a message shows it: its beginning, where it is long.
pub(super) fn shown(raw: &str) -> String {
    const SHOWN: usize = 60;
    match raw.char_indices().nth(SHOWN) {
        None => raw.to_owned(),
        Some((end, _)) => {
            let start = raw.get(..end).unwrap_or_default();
            format!("{start}... ({} bytes)", raw.len())
        }
    }
}

/// Pays for what the parser remembers of open brackets: a byte for each, in a vector that doubles as it grows.
pub(super) fn charge_nesting<'b>(text: &str, budget: &'b Budget) -> Result<Charge<'b>> {
    let brackets = memchr::memchr2_iter(b'[', b'{', text.as_bytes()).count();
    budget.charge((brackets as u64).saturating_mul(3), "reading the JSON request")
}

/// The names that keys may have.
struct Keys(&'static [&'static str]);

impl Keys {
    fn known(&self, raw: &str) -> Result<&'static str> {
        let key = short_text(raw);
        let known = self.0.iter().find(|name| Some(**name) == key.as_deref());
        known.copied().ok_or_else(|| {
            let allowed = format!("known: {}", self.0.join(", "));
            Error::parameter("a key", shown(raw), allowed)
        })
    }
}

impl<'a> Visitor<'a> for Keys {
    type Value = Result<Vec<(&'static str, &'a RawValue)>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut read = Ok(Vec::new());
        // To the end also after an error: a text that is not JSON is that before it is anything else.
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            read = read.and_then(|mut values: Vec<(_, _)>| {
                let name = self.known(key.get())?;
                if values.iter().any(|(known, _)| *known == name) {
                    return Err(Error::parameter(name, "given twice", "once is allowed"));
                }
                values.push((name, value));
                Ok(values)
            });
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thumbox_protocol::Limits;

    fn read(text: &str) -> Result<Object<'_>> {
        Object::read(text, &["one", "two"], &Budget::new(Limits::DEFAULT))
    }

    #[test]
    fn values_are_found_by_their_keys_however_they_are_written() {
        let object = read(r#" {"\u006fne": 12, "two" : null} "#).unwrap();
        assert_eq!((object.raw("one"), object.raw("two")), (Some("12"), None));
        assert_eq!(read("{}").unwrap().raw("one"), None);
    }

    #[test]
    fn whole_numbers_are_numbers_without_a_fraction() {
        for (raw, number) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("4294967295", Some(u32::MAX)),
            ("4294967295.0", Some(u32::MAX)),
            ("1e2", Some(100)),
            ("4294967296", None),
            ("1e400", None),
            ("-1", None),
            ("1.5", None),
            ("\"1\"", None),
            ("true", None),
            ("[1]", None),
        ] {
            assert_eq!(whole(raw), number, "{raw}");
        }
        assert_eq!(whole(&"1".repeat(1 << 20)), None);
    }

    #[test]
    fn what_is_no_object_is_no_request() {
        for text in ["", " ", "{", "[]", "1", "null", "{} {}", "{\"one\": 1,}", "{\"three\": 1, 4}"]
        {
            assert_eq!(read(text).map(|_| ()).unwrap_err().code().number(), 5, "{text}");
        }
    }

    #[test]
    fn keys_are_refused_by_their_names() {
        for (text, said) in [
            (r#"{"three": 1}"#, r#"request: a key is "three"; known: one, two"#),
            (r#"{"one": 1, "one": 1}"#, "request: one is given twice; once is allowed"),
        ] {
            let error = read(text).map(|_| ()).unwrap_err();
            assert_eq!((error.code().number(), error.to_string().as_str()), (101, said));
        }
    }

    #[test]
    fn a_message_shows_the_beginning_of_what_is_long() {
        assert_eq!(shown("äöü"), "äöü");
        let long = shown(&"ä".repeat(1000));
        assert!(long.len() < 200 && long.ends_with("ä... (2000 bytes)"), "{long}");
    }
}
