//! `/pay/{intent}`: the page on which a customer pays. No secret key, because the intent's id is
//! unguessable. All foreign text in the HTML passes through [`Escaped`].

use std::fmt::{self, Write as _};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse as _, Redirect, Response};

use url::Url;

use crate::commands::{self, Request};
use crate::engine::Engine;
use crate::ids::IntentId;
use crate::settings::Settings;
use crate::state::{Intent, IntentStatus, Method, ProviderState};
use crate::wire::Form;

/// Nothing is loaded.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// An intent's page.
struct PayPage {
    html: String,
    return_url: Option<String>,
}

pub(super) async fn show(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Response {
    let (page, position) = {
        let state = engine.state();
        let intent = find(&state, &id);
        let page = intent.map(|intent| {
            let return_url = return_url(&engine.settings, intent);
            PayPage {
                html: render(intent, return_url.as_deref()),
                return_url,
            }
        });
        (page, engine.journal.end())
    };
    match page {
        _ if engine.written(position).await.is_err() => internal_error(),
        Some(PayPage {
            html: page,
            return_url,
        }) => html_leading_to(return_url.as_deref(), StatusCode::OK, page),
        None => not_found(),
    }
}

fn find<'a>(state: &'a ProviderState, id: &str) -> Option<&'a Intent> {
    let id = id.parse::<IntentId>().ok()?;
    state.intents.get(&id)
}

/// Returns the URL that the page of an intent leads back to.
fn return_url(settings: &Settings, intent: &Intent) -> Option<String> {
    if let Some(url) = &intent.return_url {
        return Some(url.to_string());
    }
    let order = intent.metadata.get("order_id")?;
    let is_plain = order
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let template = settings.return_url.as_ref().filter(|_| is_plain)?;
    Some(template.replace("{order_id}", order))
}

/// Confirms with the form's `payment_method`, then redirects: back to the shop once it is paid, else to the page.
///
/// A second click changes nothing, because the page shows the current status. The redirect keeps a
/// reload from paying again. `pm_card_timeout` shows `processing` at once.
pub(super) async fn pay(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let form = Form::parse(&body);
    let decide = |provider: &_| {
        commands::confirm(&Request {
            provider,
            id: &id,
            form: &form,
            slow_charge: engine.settings.slow_charge,
        })
    };
    match engine.execute(None, decide, |_, _| ()) {
        Ok(executed) if engine.written(executed.position).await.is_ok() => {
            let state = engine.state();
            let paid =
                find(&state, &id).filter(|intent| intent.state.status == IntentStatus::Succeeded);
            let shop = paid.and_then(|intent| return_url(&engine.settings, intent));
            Redirect::to(&shop.unwrap_or_else(|| format!("/pay/{id}"))).into_response()
        }
        Ok(_) => internal_error(),
        Err(error) if error.status == 404 => not_found(),
        Err(_) => {
            let text = "<p>There is no such payment method.</p>";
            html(StatusCode::BAD_REQUEST, page("Not possible", text))
        }
    }
}

fn not_found() -> Response {
    let text = "<p>There is no such payment.</p>";
    html(StatusCode::NOT_FOUND, page("Not found", text))
}

/// Responds when it is unknown whether the payment was made.
fn internal_error() -> Response {
    let text = "<p>Something went wrong. Reload to see what became of your payment.</p>";
    html(StatusCode::INTERNAL_SERVER_ERROR, page("Trouble", text))
}

fn html(status: StatusCode, page: String) -> Response {
    html_leading_to(None, status, page)
}

/// Returns a page whose form may lead to this origin and to that of `url`: browsers apply the policy to redirects too.
fn html_leading_to(url: Option<&str>, status: StatusCode, page: String) -> Response {
    let shop = url.and_then(|url| Url::parse(url).ok());
    let shop = shop.map(|url| url.origin().ascii_serialization());
    let policy = format!("{POLICY}; form-action 'self' {}", shop.unwrap_or_default());
    let headers = [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (status, headers, Html(page)).into_response()
}

/// Currencies without a minor unit.
const WITHOUT_DECIMALS: [&str; 16] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv",
    "xaf", "xof", "xpf",
];
/// Currencies with three decimals.
const WITH_THREE: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// Renders the page of an intent.
fn render(intent: &Intent, return_url: Option<&str>) -> String {
    let amount = amount(intent.amount, intent.currency.as_str());
    let mut body = format!("<p class=amount>{amount}</p>");
    match intent.state.status {
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation => {
            if intent.state.declined.is_some() {
                body += "<p class=bad role=alert>Your card was declined. Try another one.</p>";
            }
            body += &buttons(intent);
        }
        IntentStatus::Processing => {
            body += "<p>Your payment is being processed.</p><p><a href=''>Look again</a></p>";
        }
        IntentStatus::Succeeded => body += "<p class=good>Paid. Thank you.</p>",
        IntentStatus::Canceled => body += "<p class=bad>This payment was cancelled.</p>",
    }
    if let Some(url) = return_url {
        body += &format!("<p><a href=\"{}\">Back to the shop</a></p>", Escaped(url));
    }
    page(&format!("Pay {amount}"), &body)
}

fn buttons(intent: &Intent) -> String {
    let mut form = format!("<form method=post action=\"/pay/{}\">", intent.id);
    for method in Method::ALL {
        let label = match method {
            Method::Visa => "Pay by card",
            Method::Declined => "Pay with a card that is declined",
            Method::Slow => "Pay with a card that takes its time",
            Method::Timeout => "Pay with a card that never answers",
        };
        let name = method.as_str();
        form += &format!("<button name=payment_method value={name}>{label}</button>");
    }
    form + "</form>"
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style>\
         <main>{body}<p class=note>A simulated provider: no money moves.</p></main></html>"
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{margin:0;display:grid;place-items:center;min-height:100vh}\
main{width:min(22rem,90vw);text-align:center}\
.amount{font-size:2.2rem;font-weight:600;margin:.5rem 0}\
button{display:block;width:100%;margin:.5rem 0;padding:.7rem;font:inherit;\
border:1px solid #8888;border-radius:.5rem;cursor:pointer}\
button:first-of-type{background:#1a56db;color:#fff;border-color:#1a56db}\
.good{color:#188038}.bad{color:#c5221f}.note{font-size:.8rem;opacity:.6}";

/// Formats an amount for display: `39.80 EUR`.
fn amount(minor: u64, currency: &str) -> String {
    let code = currency.to_ascii_uppercase();
    let (unit, digits) = if WITHOUT_DECIMALS.contains(&currency) {
        return format!("{minor} {code}");
    } else if WITH_THREE.contains(&currency) {
        (1000, 3)
    } else {
        (100, 2)
    };
    format!("{}.{:0digits$} {code}", minor / unit, minor % unit)
}

/// Text escaped for use between tags and inside double quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            plain => f.write_char(plain),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Escaped, amount};

    #[test]
    fn escapes_html() {
        let text = Escaped("a\"><b c='d'>&&").to_string();
        assert_eq!(text, "a&quot;&gt;&lt;b c=&#39;d&#39;&gt;&amp;&amp;");
    }

    #[test]
    fn formats_amounts_by_currency() {
        assert_eq!(amount(3980, "eur"), "39.80 EUR");
        assert_eq!(amount(5, "eur"), "0.05 EUR");
        assert_eq!(amount(500, "jpy"), "500 JPY");
        assert_eq!(amount(1234, "kwd"), "1.234 KWD");
    }
}
