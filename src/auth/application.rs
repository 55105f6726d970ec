//! The OAuth application that a login speaks for.

use super::error::AuthError;
use crate::model::address::BaseUrl;
use crate::model::secret::Secret;

/// An application as it is registered on the instance.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its secret, where it is a confidential one.
    pub secret: Option<Secret>,
    /// Its redirect URI, to the letter.
    pub callback_url: String,
}

impl Application {
    /// Whether [`Self::settle`] finds an id for this instance.
    pub fn is_known(instance: &BaseUrl, id: Option<&str>) -> bool {
        id.is_some() || packaged_id(instance).is_some()
    }

    /// The application with this id, or the one that the packager of this program registered
    /// on GitLab.com. A secret goes only with the id that it was given for.
    pub fn settle(
        instance: &BaseUrl,
        id: Option<&str>,
        secret: Option<Secret>,
        callback_url: &str,
        scopes: &[String],
    ) -> Result<Self, AuthError> {
        let (id, secret) = match (id, packaged_id(instance)) {
            (Some(id), _) => (id, secret),
            (None, Some(packaged)) => (packaged, None),
            (None, None) => {
                return Err(AuthError::NoApplicationId {
                    instance: Box::new(instance.clone()),
                    callback_url: callback_url.to_owned(),
                    scopes: scopes.to_vec(),
                });
            }
        };
        Ok(Self { id: id.to_owned(), secret, callback_url: callback_url.to_owned() })
    }
}

/// The application id that was baked in when this program was built, for GitLab.com only.
fn packaged_id(instance: &BaseUrl) -> Option<&'static str> {
    let id = option_env!("GLDUO_OAUTH_APP_ID").filter(|id| !id.is_empty())?;
    (instance.to_string() == "https://gitlab.com").then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_id_the_error_knows_what_to_register() {
        let instance = BaseUrl::parse("gitlab.example.com").expect("a base");
        let scopes = ["ai_features".to_owned()];
        let settled = Application::settle(&instance, None, None, "http://localhost:1/x", &scopes);
        let Err(AuthError::NoApplicationId { callback_url, scopes: asked, .. }) = settled else {
            panic!("{settled:?}");
        };
        assert_eq!(
            (callback_url.as_str(), asked.as_slice()),
            ("http://localhost:1/x", &scopes[..])
        );
    }

    #[test]
    fn a_given_id_keeps_its_secret() {
        let instance = BaseUrl::parse("gitlab.com").expect("a base");
        let secret = Some(Secret::new("gloas-x"));
        let settled =
            Application::settle(&instance, Some("id"), secret, "u", &[]).expect("settled");
        assert_eq!((settled.id.as_str(), settled.secret.is_some()), ("id", true));
    }
}
