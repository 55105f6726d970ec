//! The gateway's own list of models, which needs no token: it marks deprecated models and says
//! what they cost, and knows no upstream names and no limits.

use std::collections::HashMap;

use serde_json::Value;

use super::error;
use super::gateway::GatewayAddress;
use crate::http::{Client, HttpError, Request};
use crate::model::address::BaseUrl;

/// What the gateway says of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// `$` to `$$$`.
    pub cost_indicator: Option<String>,
    /// It will be removed.
    pub is_deprecated: bool,
}

/// Models by the gateway's own identifier.
pub type Definitions = HashMap<String, Definition>;

/// Requests the list.
pub fn definitions(client: &Client, gateway: &BaseUrl) -> Result<Definitions, HttpError> {
    let address = GatewayAddress::new(gateway);
    let request =
        |mount| client.send(&Request::get(address.api(mount, &["models", "definitions"])));
    let response = match (request(address.first), address.other(address.first)) {
        (Err(error), Some(other)) if error::is_not_found(&error) => {
            request(other).map_err(|_| error)?
        }
        (response, _) => response?,
    };
    let list: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let models = list["models"].as_array().into_iter().flatten();
    Ok(models
        .filter_map(|model| {
            let cost_indicator = model["cost_indicator"].as_str().map(str::to_owned);
            let is_deprecated = !model["deprecation"].is_null();
            let definition = Definition { cost_indicator, is_deprecated };
            Some((model["identifier"].as_str()?.to_owned(), definition))
        })
        .collect())
}
