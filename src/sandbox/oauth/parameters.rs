//! The parameters of an OAuth request, each at most once (RFC 6749 §3.1 and §3.2).

use serde_json::Value;

use super::super::query::{self, Pairs};
use super::super::received::Received;
use super::refusal::Refusal;

/// Names and values, decoded.
pub(super) struct Parameters(Pairs);

impl Parameters {
    /// Those of the address.
    pub(super) fn of_query(request: &Received) -> Result<Self, Refusal> {
        Self::once_each(query::pairs(request.query()))
    }

    /// Those of the body, a form or a JSON object. Secrets do not belong into an address
    /// (RFC 6749 §2.3.1), so nothing may stand there.
    pub(super) fn of_body(request: &Received) -> Result<Self, Refusal> {
        if !request.query().is_empty() {
            return Err(Refusal::invalid_request("Parameters belong into the body."));
        }
        let media_type = request.header("content-type").and_then(|value| value.split(';').next());
        match media_type.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            Some("application/x-www-form-urlencoded") => {
                let form = std::str::from_utf8(&request.body).ok();
                Self::once_each(form.and_then(query::pairs))
            }
            Some("application/json") => Self::once_each(texts(request.json())),
            _ => Err(Refusal::invalid_request("The body is neither a form nor JSON.")),
        }
    }

    fn once_each(pairs: Option<Pairs>) -> Result<Self, Refusal> {
        let pairs = pairs.ok_or_else(|| {
            Refusal::invalid_request("The parameters are not well encoded, or no texts.")
        })?;
        for (at, (name, _)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(before, _)| before == name) {
                return Err(Refusal::invalid_request(format!("{name} is given twice.")));
            }
        }
        Ok(Self(pairs))
    }

    /// Refuses what is not among the names, so that a misspelt one cannot pass unnoticed.
    /// GitLab ignores them.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Refusal> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, _)) => Err(Refusal::invalid_request(format!(
                "{name} is not a parameter that the sandbox knows here."
            ))),
            None => Ok(()),
        }
    }

    /// One that may be left out. Without a value it counts as left out (RFC 6749 §3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || Refusal::invalid_request(format!("Missing required parameter: {name}."));
        self.get(name).ok_or_else(missing)
    }

    /// The scopes asked for, `default` where none is.
    pub(super) fn scopes(&self, default: &[&str]) -> Vec<String> {
        let given: Vec<&str> = self.get("scope").unwrap_or("").split_whitespace().collect();
        let asked = if given.is_empty() { default } else { &given };
        let mut scopes: Vec<String> = Vec::new();
        for scope in asked {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push((*scope).to_owned());
            }
        }
        scopes
    }
}

fn texts(json: Option<Value>) -> Option<Pairs> {
    let Some(Value::Object(fields)) = json else {
        return None;
    };
    let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
    fields.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content_type: &str, body: &str) -> Result<Parameters, Refusal> {
        Parameters::of_body(&Received {
            method: "POST".to_owned(),
            target: "/oauth/token".to_owned(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
        })
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn forms_and_json_say_the_same() {
        for (content_type, text) in [
            (FORM, "scope=api+read_user%20api&code="),
            ("application/json; charset=utf-8", r#"{"scope": "api read_user  api", "code": ""}"#),
        ] {
            let parameters = body(content_type, text).expect("parameters");
            assert_eq!(parameters.scopes(&[]), ["api", "read_user"]);
            assert_eq!(parameters.get("code"), None);
            assert!(parameters.only(&["scope"]).is_err() && parameters.required("code").is_err());
        }
        assert_eq!(body(FORM, "").expect("parameters").scopes(&["api"]), ["api"]);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (content_type, text) in [
            (FORM, "code=1&code=2"),
            (FORM, "code=%f"),
            ("text/plain", "code=1"),
            ("application/json", "[]"),
            ("application/json", r#"{"expires_in": 1}"#),
        ] {
            let error = body(content_type, text).err().map(|refusal| refusal.error);
            assert_eq!(error, Some("invalid_request"), "{text}");
        }
    }
}
