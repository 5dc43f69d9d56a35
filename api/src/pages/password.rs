//! The pages of a forgotten password: requesting the mail, and setting the new one.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode};

use super::{
    faults::FormFaults,
    form::PageForm,
    frame::Frame,
    notice::Notice,
    visitor::{PageResult, Visitor},
    words::Words,
};
use crate::{
    http::ClientAddress,
    middleware::trace_context::Trace,
    routes::auth::forgotten_password::{request_reset, reset_password},
};

#[derive(Template)]
#[template(path = "forgotten.html")]
struct ForgottenPage {
    w: &'static Words,
    frame: Frame,
    faults: FormFaults,
    email: String,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    w: &'static Words,
    frame: Frame,
    faults: FormFaults,
    token: String,
}

/// Shows the form that requests the mail.
pub(crate) async fn show_forgotten(visitor: Visitor) -> PageResult {
    forgotten_page(&visitor, StatusCode::OK, FormFaults::default(), "")
}

fn forgotten_page(
    visitor: &Visitor,
    status: StatusCode,
    faults: FormFaults,
    email: &str,
) -> PageResult {
    let page = ForgottenPage {
        w: visitor.words,
        frame: visitor.frame(),
        faults,
        email: email.to_owned(),
    };
    visitor.page(status, &page)
}

/// Requests the mail. The page that follows is the same whether there is such an account.
pub(crate) async fn request(
    ClientAddress(address): ClientAddress,
    Trace(trace): Trace,
    form: PageForm,
) -> PageResult {
    let visitor = &form.visitor;
    let forgotten = form.body(&[], &["email"]).read()?;
    match request_reset(&visitor.api, forgotten, &address, trace).await {
        Ok(()) => Ok(visitor.redirect("/login", Some(Notice::MailSent))),
        Err(problem) => {
            let (status, faults) = visitor.faults(problem)?;
            forgotten_page(visitor, status, faults, form.text("email"))
        }
    }
}

/// Shows the form that sets the new password: the link of the mail leads here.
pub(crate) async fn show_reset(
    visitor: Visitor,
    Query(params): Query<HashMap<String, String>>,
) -> PageResult {
    let token = params.get("token").map_or("", String::as_str);
    reset_page(&visitor, StatusCode::OK, FormFaults::default(), token)
}

fn reset_page(
    visitor: &Visitor,
    status: StatusCode,
    faults: FormFaults,
    token: &str,
) -> PageResult {
    let page = ResetPage {
        w: visitor.words,
        frame: visitor.frame(),
        faults,
        token: token.to_owned(),
    };
    visitor.page(status, &page)
}

/// Sets the new password.
pub(crate) async fn reset(form: PageForm) -> PageResult {
    let visitor = &form.visitor;
    let body = form.body(&[], &["token", "newPassword"]);
    let reset = async { reset_password(&visitor.api, body.read()?).await };
    match reset.await {
        Ok(()) => Ok(visitor.redirect("/login", Some(Notice::PasswordReset))),
        Err(problem) => {
            let (status, faults) = visitor.faults(problem)?;
            reset_page(visitor, status, faults, form.text("token"))
        }
    }
}
