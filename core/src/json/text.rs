//! Replies as JSON texts.

use serde::Serialize;

use crate::budget::Budget;
use crate::error::{Error, Result};

/// A short reply as JSON.
pub(super) fn reply(value: &impl Serialize, budget: &Budget) -> Result<String> {
    let reply = serde_json::to_string(value).map_err(|error| not_json(&error))?;
    budget.check_reply(reply.len() as u64)?;
    Ok(reply)
}

pub(super) fn not_json(error: &dyn std::error::Error) -> Error {
    Error::Bug(format!("a reply is not JSON: {error}"))
}
