//! The supervision tree: looking at it, and shaking it.

use axum::{
    Json as Answer,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use supervision::{CrashError, Fault, Node, Tree};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::principal::Operator,
    http::body::{At, Faults, Json},
    openapi::{answers, bodies::Crash},
    problem::{Problem, kinds},
};

/// Shows the supervision tree of the process that answers.
#[utoipa::path(
    get,
    path = "/v1/admin/tree",
    tag = "operators",
    operation_id = "showTree",
    security(("bearer" = ["operator", "admin"])),
    responses((status = 200, description = "The root of the tree.", body = answers::TreeNode)),
)]
pub(crate) async fn show(State(api): State<Api>, _: Operator) -> Result<Answer<Node>, Problem> {
    Ok(Answer(tree(&api)?.snapshot()))
}

/// What was crashed, and how.
#[derive(Serialize, ToSchema)]
pub(crate) struct Crashed {
    path: String,
    how: String,
}

/// Crashes a child of the supervision tree, which is then started again.
#[utoipa::path(
    post,
    path = "/v1/admin/crash",
    tag = "operators",
    operation_id = "crash",
    security(("bearer" = ["operator", "admin"])),
    request_body = Crash,
    responses((status = 202, description = "It was told to.", body = Crashed)),
    extensions(("x-problems" = json!(["unknown-path", "not-running"]))),
)]
pub(crate) async fn crash(
    State(api): State<Api>,
    _: Operator,
    body: Json,
) -> Result<Response, Problem> {
    let value = body.value()?;
    let (path, how) = order(&value)?;
    tree(&api)?.crash(path, how).map_err(refused)?;
    tracing::warn!(path, %how, "an operator simulates a crash");
    let answer = Crashed {
        path: path.to_owned(),
        how: how.to_string(),
    };
    Ok((StatusCode::ACCEPTED, Answer(answer)).into_response())
}

fn tree(api: &Api) -> Result<&Tree, Problem> {
    api.tree().ok_or_else(|| {
        let problem = "This process has no supervision tree.";
        Problem::unavailable(problem).detail(problem)
    })
}

fn order(body: &Value) -> Result<(&str, Fault), Problem> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &["path", "how"]) else {
        return Err(faults.problem());
    };
    // The empty path would be the root: that ends the process and shows nothing.
    let path = faults.text(&fields, "path", |path| {
        if path.is_empty() {
            Err("must name a child".to_owned())
        } else {
            Ok(path)
        }
    });
    let how = faults.optional_text(&fields, "how", |word| {
        word.parse::<Fault>()
            .map_err(|_| "must be panic, kill or hang".to_owned())
    });
    match path {
        Some(path) => faults
            .finish()
            .map(|()| (path, how.unwrap_or(Fault::Panic))),
        None => Err(faults.problem()),
    }
}

fn refused(error: CrashError) -> Problem {
    let detail = error.to_string();
    match error {
        CrashError::Unknown(unknown) => Problem::new(&kinds::UNKNOWN_PATH)
            .detail(detail)
            .with("candidates", unknown.candidates),
        CrashError::NotRunning { .. } => Problem::new(&kinds::NOT_RUNNING).detail(detail),
        CrashError::SupervisorCannotHang { .. } => {
            let mut faults = Faults::default();
            faults.add(At::Root.field("how"), detail);
            faults.problem()
        }
        _ => Problem::new(&kinds::INTERNAL).detail(detail),
    }
}
