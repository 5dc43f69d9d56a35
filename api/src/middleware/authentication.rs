//! Authentication of requests: evaluated once, kept in the request's extensions.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    Api,
    auth::{authentication::Authentication, csrf, signed_requests},
    http::body,
    metrics, pages,
    problem::{Problem, kinds},
};

/// Authenticates a request and leaves the result to the inner layers and the route.
pub(super) async fn apply(
    api: &Api,
    request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let mut response = match authenticate(api, request).await {
        Ok(request) => inner(request).await,
        Err(problem) => problem.into_response(),
    };
    // Counted by the answer: a route that needs no principal ignores a failed CSRF check.
    let problem = response.extensions().get::<Problem>();
    if problem.is_some_and(|problem| problem.slug() == kinds::CSRF.slug) {
        metrics::csrf_refused();
    }
    // The CSRF check, and so the answer, depends on both.
    for name in ["Origin", "Sec-Fetch-Site"] {
        let name = HeaderValue::from_static(name);
        response.headers_mut().append(header::VARY, name);
    }
    response
}

/// Refuses bodies that any page can send without a preflight, and evaluates the credentials.
async fn authenticate(api: &Api, request: Request) -> Result<Request, Problem> {
    let (mut head, body) = request.into_parts();
    let takes_forms = pages::owns(head.uri.path());
    if !csrf::is_safe(&head.method) && !takes_forms && body::is_form(&head.headers) {
        return Err(Problem::media_type());
    }
    let (authentication, body) = if signed_requests::is_signed(&head.headers) {
        // The signature covers the whole body.
        let bytes = body::read(api, body).await?;
        let authentication = Authentication::evaluate(api, &head, Some(&bytes)).await;
        (authentication, Body::from(bytes))
    } else {
        (Authentication::evaluate(api, &head, None).await, body)
    };
    head.extensions.insert(authentication);
    Ok(Request::from_parts(head, body))
}
