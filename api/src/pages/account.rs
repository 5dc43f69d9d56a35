//! Registering, logging in and out, and the account's page.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};

use super::{
    cart::Cart,
    faults::FormFaults,
    form::PageForm,
    frame::Frame,
    notice::Notice,
    visitor::{PageResult, Visitor, own_address, with_query},
    words::Words,
};
use crate::{
    auth::cookies::Cookies,
    http::ClientAddress,
    problem::kinds,
    routes::auth::{
        Credentials, Keeping, OpenedSession, admit, close_session, open_session,
        password::change_password as change, registration::create_account,
        sessions::close_every_session,
    },
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    w: &'static Words,
    frame: Frame,
    faults: FormFaults,
    email: String,
    next: String,
    /// Address of the other form, registration or login.
    other: String,
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegistrationPage {
    w: &'static Words,
    frame: Frame,
    faults: FormFaults,
    email: String,
    name: String,
    phone: String,
    next: String,
    /// Address of the other form, registration or login.
    other: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    w: &'static Words,
    frame: Frame,
    faults: FormFaults,
    name: String,
    email: String,
    phone: String,
}

/// Shows the login form.
pub(crate) async fn show_login(
    visitor: Visitor,
    Query(params): Query<HashMap<String, String>>,
) -> PageResult {
    let next = next(params.get("next").map_or("", String::as_str));
    if visitor.session.is_some() {
        return Ok(visitor.redirect(&next, None));
    }
    login_page(&visitor, StatusCode::OK, FormFaults::default(), "", next)
}

fn login_page(
    visitor: &Visitor,
    status: StatusCode,
    faults: FormFaults,
    email: &str,
    next: String,
) -> PageResult {
    let page = LoginPage {
        w: visitor.words,
        frame: visitor.frame(),
        faults,
        email: email.to_owned(),
        other: with_query("/register", [("next", next.as_str())]),
        next,
    };
    visitor.page(status, &page)
}

/// Logs a visitor in, and returns to the page that needed it.
pub(crate) async fn log_in(ClientAddress(address): ClientAddress, form: PageForm) -> PageResult {
    let (visitor, next) = (&form.visitor, next(form.text("next")));
    let mut credentials: Credentials = form.body(&["email"], &["password"]).read()?;
    credentials.session = Some(Keeping::Cookie);
    match open_session(&visitor.api, credentials, &address).await {
        Ok(opened) => Ok(welcome(visitor, &opened, &next)),
        Err(problem) => {
            let (status, faults) = visitor.faults(problem)?;
            login_page(visitor, status, faults, form.text("email"), next)
        }
    }
}

/// Shows the registration form.
pub(crate) async fn show_registration(
    visitor: Visitor,
    Query(params): Query<HashMap<String, String>>,
) -> PageResult {
    let next = next(params.get("next").map_or("", String::as_str));
    if visitor.session.is_some() {
        return Ok(visitor.redirect(&next, None));
    }
    registration_page(
        &visitor,
        StatusCode::OK,
        FormFaults::default(),
        |_| "",
        next,
    )
}

/// Returns the registration form with the texts that `entered` has for its fields.
fn registration_page<'a>(
    visitor: &Visitor,
    status: StatusCode,
    faults: FormFaults,
    entered: impl Fn(&str) -> &'a str,
    next: String,
) -> PageResult {
    let page = RegistrationPage {
        w: visitor.words,
        frame: visitor.frame(),
        faults,
        email: entered("email").to_owned(),
        name: entered("name").to_owned(),
        phone: entered("phone").to_owned(),
        other: with_query("/login", [("next", next.as_str())]),
        next,
    };
    visitor.page(status, &page)
}

/// Creates an account and logs it in.
pub(crate) async fn register(form: PageForm) -> PageResult {
    let (visitor, next) = (&form.visitor, next(form.text("next")));
    let body = form.body(&["email", "name", "phone"], &["password"]);
    let created = async {
        let user = create_account(&visitor.api, body.read()?).await?;
        admit(&visitor.api, user, Keeping::Cookie).await
    };
    match created.await {
        Ok(opened) => Ok(welcome(visitor, &opened, &next)),
        Err(problem) => {
            let (status, faults) = visitor.faults(problem)?;
            registration_page(visitor, status, faults, |name| form.text(name), next)
        }
    }
}

/// Ends the visitor's session.
pub(crate) async fn log_out(mut form: PageForm) -> PageResult {
    let visitor = &mut form.visitor;
    if let Some(session) = &visitor.session {
        close_session(&visitor.api, session).await?;
    }
    Ok(logged_out(visitor))
}

/// Ends every session of the account.
pub(crate) async fn close_sessions(mut form: PageForm) -> PageResult {
    let visitor = &mut form.visitor;
    close_every_session(&visitor.api, visitor.logged_in()?).await?;
    Ok(logged_out(visitor))
}

/// Shows the account.
pub(crate) async fn show(visitor: Visitor) -> PageResult {
    account_page(&visitor, StatusCode::OK, FormFaults::default())
}

fn account_page(visitor: &Visitor, status: StatusCode, faults: FormFaults) -> PageResult {
    let principal = &visitor.logged_in()?.principal;
    let page = AccountPage {
        w: visitor.words,
        frame: visitor.frame(),
        faults,
        name: principal.name.clone(),
        email: principal.email.clone(),
        phone: principal.phone.clone().unwrap_or_default(),
    };
    visitor.page(status, &page)
}

/// Changes the password.
pub(crate) async fn change_password(
    ClientAddress(address): ClientAddress,
    form: PageForm,
) -> PageResult {
    let visitor = &form.visitor;
    let session = visitor.logged_in()?;
    let body = form.body(&[], &["currentPassword", "newPassword"]);
    let changed = async { change(&visitor.api, session, &address, body.read()?).await };
    match changed.await {
        Ok(()) => Ok(visitor.redirect("/account", Some(Notice::PasswordChanged))),
        Err(problem) if problem.slug() == kinds::INVALID_CREDENTIALS.slug => {
            let words = visitor.words;
            let text = words.fault_current_password;
            let faults = FormFaults::one(words, "currentPassword", text);
            account_page(visitor, problem.status(), faults)
        }
        Err(problem) => {
            let (status, faults) = visitor.faults(problem)?;
            account_page(visitor, status, faults)
        }
    }
}

fn welcome(visitor: &Visitor, opened: &OpenedSession, next: &str) -> Response {
    let mut response = visitor.redirect(next, Some(Notice::Welcome));
    opened.set_cookies(&visitor.api, response.headers_mut());
    response
}

/// Leaves nothing to the next person at the same browser: neither the session nor the cart.
fn logged_out(visitor: &mut Visitor) -> Response {
    let mut response = visitor.redirect("/", Some(Notice::LoggedOut));
    visitor.cart = Cart::default();
    visitor.keep_cart(response.headers_mut());
    Cookies::new(visitor.api.settings.plain_cookies).close(response.headers_mut());
    response
}

/// Returns the page to go on to.
fn next(address: &str) -> String {
    own_address(address).to_owned()
}
