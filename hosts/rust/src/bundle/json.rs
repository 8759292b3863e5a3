//! JSON in which an object that has a key twice is an error, and of which nothing is taken that was not asked for.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::names::shown;

/// A value. Numbers, booleans and lists are nothing that a bundle is read by.
#[derive(Debug)]
pub(super) enum Json {
    Null,
    Text(String),
    Object(BTreeMap<String, Json>),
    Other,
}

/// Why a text is none, to follow its name.
pub(super) fn parse(content: &[u8]) -> Result<Json, String> {
    let text = std::str::from_utf8(content).map_err(|_| "is no UTF-8")?;
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        if said.starts_with("recursion limit exceeded") {
            "is nested too deep".to_owned()
        } else if said.starts_with(TWICE) {
            said.split(" at line ").next().unwrap_or(TWICE).to_owned()
        } else {
            format!("is not JSON: {said}")
        }
    })
}

const TWICE: &str = "has \"";

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        while list.next_element::<Json>()?.is_some() {}
        Ok(Json::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value()?;
            if members.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "{TWICE}{}\" twice in one object",
                    shown(&key)
                )));
            }
            members.insert(key, value);
        }
        Ok(Json::Object(members))
    }
}
