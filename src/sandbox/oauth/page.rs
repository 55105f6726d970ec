//! The pages of a login: the question with its two buttons, the device's code, and errors.

use ring::digest;

use super::super::grants::base64url;
use super::super::reply::Reply;
use super::super::seed::{Application, Person};
use super::refusal::Refusal;

/// The style of every page; the policy allows it by its hash and nothing else.
const STYLE: &str = include_str!("page.css");

/// Who asks whom for what.
pub(super) struct Consent<'a> {
    pub(super) application: &'a Application,
    pub(super) person: &'a Person,
    pub(super) scopes: &'a [String],
    /// The one-time value that the buttons send back.
    pub(super) token: &'a str,
}

impl Consent<'_> {
    /// For a program that waits at a redirect URI.
    pub(super) fn for_redirect(&self, redirect_uri: &str) -> Reply {
        let target =
            format!("Either way the browser goes to <code>{}</code>.", escaped(redirect_uri));
        // Browsers hold the redirect that follows the form against the policy, too.
        let end = redirect_uri.match_indices('/').nth(2).map_or(redirect_uri.len(), |(at, _)| at);
        let origin = redirect_uri.get(..end).unwrap_or_default();
        let to = format!("'self' {origin}");
        page(200, "Authorize an application", &self.html("/oauth/authorize", "", &target), &to)
    }

    /// For a device that shows a code.
    pub(super) fn for_device(&self, user_code: &str) -> Reply {
        let code = format!(
            "<p>Go on only if your device shows this code:</p>\n<p><code class=\"code\">{}</code></p>",
            escaped(user_code)
        );
        let target = "Either way the device is told, and this page can be closed.";
        page(200, "Authorize a device", &self.html("/oauth/device", &code, target), "'self'")
    }

    fn html(&self, action: &str, code: &str, target: &str) -> String {
        let scope = |scope: &String| {
            let (name, words) = (escaped(scope), meaning(scope));
            format!("<li><code>{name}</code>: {words}</li>\n")
        };
        format!(
            include_str!("consent.html"),
            application = escaped(&self.application.name),
            name = escaped(&self.person.name),
            username = escaped(&self.person.username),
            code = code,
            scopes = self.scopes.iter().map(scope).collect::<String>(),
            action = action,
            token = self.token,
            target = target,
        )
    }
}

/// Asks for the code that a device shows; `alert` says what was wrong with the one before.
pub(super) fn enter_code(alert: Option<&str>) -> Reply {
    let alert = alert.map(|words| format!("<p role=\"alert\">{}</p>", escaped(words)));
    let main = format!(include_str!("enter_code.html"), alert = alert.unwrap_or_default());
    page(200, "Enter the code", &main, "'self'")
}

/// A page that only says something.
pub(super) fn message(status: u16, title: &str, words: &str) -> Reply {
    page(status, title, &format!("<p>{}</p>", escaped(words)), "'none'")
}

/// What went wrong; the browser stays here.
pub(super) fn refusal(refusal: &Refusal) -> Reply {
    message(refusal.status(), "An error has occurred", &refusal.description)
}

/// For a page whose buttons were used before, too late, or never seen.
pub(super) fn stale() -> Reply {
    message(422, "This page is out of date", "Nothing was changed. Begin the login once more.")
}

fn page(status: u16, title: &str, main: &str, form_targets: &str) -> Reply {
    let html =
        format!(include_str!("frame.html"), title = escaped(title), style = STYLE, main = main);
    let hash = base64url(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    let hash = hash.replace('-', "+").replace('_', "/");
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}='; form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    );
    Reply::whole(status, "text/html; charset=utf-8", html)
        .with_header("content-security-policy", policy)
        .with_header("x-content-type-options", "nosniff")
        .with_header("x-frame-options", "DENY")
        .with_header("referrer-policy", "no-referrer")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

fn meaning(scope: &str) -> &'static str {
    match scope {
        "api" => "read and change everything that you can, and use Duo",
        "read_api" => "read everything that you can",
        "read_user" => "read your profile",
        "ai_features" => "use Duo",
        "openid" => "know who you are",
        "profile" => "read your name and picture",
        "email" => "read your address",
        _ => "do what this scope allows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::reply::Body;

    #[test]
    fn no_name_becomes_markup() {
        let application = Application { name: "<script>\"&'".to_owned(), ..Application::default() };
        let person = Person { name: "{title}<b>".to_owned(), ..Person::default() };
        let scopes = ["<i>".to_owned()];
        let consent =
            Consent { application: &application, person: &person, scopes: &scopes, token: "1" };
        let reply = consent.for_redirect("http://localhost:1/\"><u>");
        let Body::Whole(body) = reply.body else { panic!("a whole page") };
        let html = String::from_utf8(body).expect("text");
        assert!(html.contains("&lt;script&gt;&quot;&amp;&#39;") && html.contains("{title}&lt;b"));
        assert!(!["<script", "<i>", "<u>"].iter().any(|markup| html.contains(markup)), "{html}");
    }

    #[test]
    fn the_policy_lets_the_form_reach_the_callback() {
        let (application, person) = (Application::default(), Person::default());
        let consent =
            Consent { application: &application, person: &person, scopes: &[], token: "1" };
        let policy = |reply: Reply| {
            let mut fields = reply.headers.into_iter();
            fields.find(|(name, _)| name == "content-security-policy").map(|(_, value)| value)
        };
        let policy = policy(consent.for_redirect("http://localhost:42456/callback"));
        assert!(policy.is_some_and(|it| it.contains("form-action 'self' http://localhost:42456;")));
    }
}
