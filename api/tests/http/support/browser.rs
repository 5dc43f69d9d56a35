//! A browser without scripts: keeps cookies, posts forms.

use std::{cell::RefCell, collections::BTreeMap};

use axum::http::request::Builder;
use url::form_urlencoded;

use super::{Client, Reply, Shop};

/// A browser of one person.
pub(crate) struct Browser {
    client: Client,
    cookies: RefCell<BTreeMap<String, String>>,
    language: &'static str,
}

/// A form of a page: its action and its fields as the page has them.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn open(shop: &Shop) -> Self {
        Self::speaking(shop, "en")
    }

    pub(crate) fn speaking(shop: &Shop, language: &'static str) -> Self {
        Self {
            client: shop.visitor(),
            cookies: RefCell::default(),
            language,
        }
    }

    /// The same person in a browser of another process of the shop.
    pub(crate) fn at(&self, shop: &Shop) -> Self {
        Self {
            client: shop.visitor(),
            cookies: self.cookies.clone(),
            language: self.language,
        }
    }

    /// A request as the browser sends it.
    pub(crate) fn request(&self, method: &str, path: &str) -> Builder {
        let cookies = self.cookies.borrow();
        let cookies: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        self.client
            .request(method, path)
            .header("host", "shop.example")
            .header("accept", "text/html,*/*;q=0.8")
            .header("accept-language", self.language)
            .header("cookie", cookies.join("; "))
    }

    pub(crate) async fn send(&self, request: Builder, body: impl Into<axum::body::Body>) -> Reply {
        let reply = self.client.send(request, body).await;
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                let (name, value) = (name.to_owned(), value.to_owned());
                self.cookies.borrow_mut().insert(name, value);
            }
        }
        reply
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path), "").await
    }

    /// Posts fields and answers what came back, without following it.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self
            .request("POST", path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(request, body).await
    }

    pub(crate) async fn submit(&self, form: &Form) -> Reply {
        let fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.post(&form.action, &fields).await
    }

    /// Submits a form and shows the page that the answer leads to.
    pub(crate) async fn submit_and_follow(&self, form: &Form) -> Reply {
        let reply = self.submit(form).await.expect(303);
        self.get(reply.header("location")).await.expect(200)
    }

    /// Puts units of a product into the cart.
    pub(crate) async fn add(&self, product: &str, units: u32) {
        let page = self.get(&format!("/products/{product}")).await.expect(200);
        let form = page.form("/cart/add").with("quantity", &units.to_string());
        self.submit(&form).await.expect(303);
    }

    /// Registers a person, which logs in.
    pub(crate) async fn register(&self, email: &str) {
        let form = self.get("/register").await.expect(200).form("/register");
        let form = form.with("name", "Ada").with("email", email);
        let form = form.with("password", super::PASSWORD);
        self.submit(&form).await.expect(303);
    }

    /// Sends the login form with these, and answers what came back.
    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Reply {
        let form = self.get("/login").await.expect(200).form("/login");
        let form = form.with("email", email).with("password", password);
        self.submit(&form).await
    }

    /// The form of the checkout of the cart.
    pub(crate) async fn checkout(&self) -> Form {
        self.get("/checkout").await.expect(200).form("/checkout")
    }
}

impl Form {
    /// The form with a field filled in.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Reply {
    /// The first form of a page that posts to `action`.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Form {
        let start = format!("<form action=\"{action}\" method=\"post\"");
        let (_, rest) = self
            .text
            .split_once(&start)
            .unwrap_or_else(|| panic!("no form {action} in {self:?}"));
        let (form, _) = rest.split_once("</form>").unwrap();
        let fields = form.split("<input").skip(1).filter_map(|input| {
            let input = input.split('>').next()?;
            Some((
                attribute(input, "name")?,
                attribute(input, "value").unwrap_or_default(),
            ))
        });
        Form {
            action: action.to_owned(),
            fields: fields.collect(),
        }
    }

    /// Checks that the page has a text.
    #[track_caller]
    pub(crate) fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no {text:?} in {}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn has_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text:?} in {}", self.text);
        self
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next()?.to_owned())
}
