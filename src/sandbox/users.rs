//! Accounts and their tokens.

use super::auth;
use super::call::{Answer, Call, World};
use super::object::{self, Object};
use super::reply::Reply;
use super::seed::{Person, TokenKind, TokenState};

/// `GET /user`.
pub(super) fn current(call: &Call<'_>) -> Answer {
    let person = call.caller()?.person;
    let profile = basic_fields(call.world, person)
        .put("created_at", &person.created_at)
        .put("bio", "")
        .put("location", None::<&str>)
        .put("public_email", None::<&str>)
        .put("linkedin", "")
        .put("twitter", "")
        .put("website_url", "")
        .put("organization", "Acme")
        .put("job_title", "")
        .put("bot", person.bot);
    let session = profile
        .put("last_sign_in_at", "2026-11-20T07:31:18.204Z")
        .put("confirmed_at", &person.created_at)
        .put("last_activity_on", "2026-11-23")
        .put("email", &person.email)
        .put("theme_id", 3)
        .put("color_scheme_id", 1)
        .put("projects_limit", 100_000)
        .put("current_sign_in_at", "2026-11-23T08:02:45.910Z")
        .put("identities", [(); 0])
        .put("can_create_group", true)
        .put("can_create_project", true)
        .put("two_factor_enabled", true)
        .put("external", false)
        .put("private_profile", false)
        .put("commit_email", &person.email)
        .put("preferred_language", "en");
    Ok(Reply::json(200, session.end()))
}

/// `GET /personal_access_tokens/self`.
pub(super) fn token(call: &Call<'_>) -> Answer {
    let caller = call.caller()?;
    let token = &caller.token;
    if token.kind != TokenKind::Personal {
        let words = "400 Bad request - This endpoint takes personal access tokens only";
        return Err(Reply::message(400, words));
    }
    let body = Object::new()
        .put("id", caller.person.id + 77)
        .put("name", &token.name)
        .put("revoked", token.state == TokenState::Revoked)
        .put("created_at", "2026-11-02T08:00:00.000Z")
        .put("description", "Ships with the sandbox")
        .put("scopes", &token.scopes)
        .put("granular", token.scopes == [auth::FINE_GRAINED])
        .put("user_id", caller.person.id)
        .put("last_used_at", None::<&str>)
        .put("active", token.state == TokenState::Active)
        .put("expires_at", &token.expires_at);
    Ok(Reply::json(200, body.end()))
}

fn basic_fields(world: &World, person: &Person) -> Object {
    Object::new()
        .put("id", person.id)
        .put("username", &person.username)
        .put("name", &person.name)
        .put("state", "active")
        .put("locked", false)
        .put("avatar_url", None::<&str>)
        .put("web_url", format!("{}/{}", world.base, person.username))
}

/// A user where another object names one; `null` for nobody and for deleted accounts.
pub(super) fn basic(world: &World, username: Option<&String>) -> String {
    let person = username.and_then(|username| world.person(username));
    person.map_or_else(|| "null".to_owned(), |person| basic_fields(world, person).end())
}

/// A user where a job names one.
pub(super) fn of_job(world: &World, username: &str) -> String {
    world.person(username).map_or_else(
        || "null".to_owned(),
        |person| {
            basic_fields(world, person)
                .put("created_at", &person.created_at)
                .put("bio", None::<&str>)
                .put("location", None::<&str>)
                .put("public_email", "")
                .put("website_url", "")
                .put("organization", "Acme")
                .end()
        },
    )
}

/// The same for several.
pub(super) fn basics(world: &World, usernames: &[String]) -> String {
    object::array(usernames.iter().map(|username| basic(world, Some(username))))
}
