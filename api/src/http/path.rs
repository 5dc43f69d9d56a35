//! Ids in paths, and the `Location` of what was created.

use axum::{
    extract::{FromRequestParts, Path, path::ErrorKind, rejection::PathRejection},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{Api, problem::Problem};

/// The id in a path, or several as a tuple. A text that is not an id names nothing, which is a 404.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let id = Path::from_request_parts(parts, api).await;
        id.map(|Path(id)| Self(id)).map_err(refused)
    }
}

fn refused(rejection: PathRejection) -> Problem {
    if let PathRejection::FailedToDeserializePathParams(error) = &rejection
        && !matches!(error.kind(), ErrorKind::InvalidUtf8InPathParam { .. })
    {
        return Problem::not_found();
    }
    Problem::bare(rejection.status())
}

/// Returns the `Location` header for a path.
pub(crate) fn location(path: String) -> Result<[(HeaderName, HeaderValue); 1], Problem> {
    let path = HeaderValue::try_from(path).map_err(Problem::internal)?;
    Ok([(header::LOCATION, path)])
}

/// Returns 204 when the resource existed, else 404.
pub(crate) fn no_content(existed: bool) -> Result<StatusCode, Problem> {
    if existed {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
