//! The supervision tree: showing it, and injecting faults.

use axum::{Json, http::StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use supervision::{CrashError, Fault, Node, Tree};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::principal::Operator,
    http::{At, Faults, JsonBody, TextField, fields::text_field, request_body},
    problem::{ApiResult, JsonResult, Problem, kinds},
};

/// Shows the supervision tree of the process that answers.
#[utoipa::path(
    get, path = "/v1/admin/tree", tag = "operators", operation_id = "showTree",
    security(("bearer" = ["operator", "admin"])),
    responses((status = 200, description = "The root of the tree.", body = Node)),
)]
pub(crate) async fn show(Operator(api): Operator) -> JsonResult<Node> {
    Ok(Json(tree(&api)?.snapshot()))
}

request_body! {
    /// A simulated crash.
    pub(crate) struct Crash {
        /// Names in the supervision tree, joined by `/`, service first. The root cannot be crashed.
        path: ChildPath, example = "inventory/worker-2";
        /// `panic` without it. A supervisor cannot hang.
        how: Option<Fault>;
    }
}

text_field!(
    /// A path below the root of the tree.
    ChildPath, { "minLength": 1 }, "must name a child", |text| !text.is_empty()
);

/// The crash that was simulated.
#[derive(Serialize, ToSchema)]
pub(crate) struct Crashed {
    path: String,
    how: String,
}

/// Crashes a child of the supervision tree, which its supervisor restarts.
#[utoipa::path(
    post, path = "/v1/admin/crash", tag = "operators", operation_id = "crash",
    security(("bearer" = ["operator", "admin"])),
    request_body = Crash,
    responses((status = 202, description = "The fault is injected.", body = Crashed)),
    extensions(("x-problems" = json!(["unknown-path", "not-running"]))),
)]
pub(crate) async fn crash(
    Operator(api): Operator,
    body: JsonBody,
) -> ApiResult<(StatusCode, Json<Crashed>)> {
    let crash: Crash = body.read()?;
    let (path, how) = (crash.path, crash.how.unwrap_or(Fault::Panic));
    tree(&api)?.crash(&path, how).map_err(refused)?;
    tracing::warn!(path, %how, "operator simulates a crash");
    let answer = Crashed {
        path,
        how: how.to_string(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn tree(api: &Api) -> ApiResult<&Tree> {
    api.tree().ok_or_else(|| {
        let problem = "This process has no supervision tree.";
        Problem::unavailable(problem).detail(problem)
    })
}

impl TextField for Fault {
    type Value = Self;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "must be panic, kill or hang".to_owned())
    }

    fn limits() -> Value {
        json!({ "enum": Self::ALL.map(|fault| fault.to_string()) })
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
            faults.into()
        }
        _ => Problem::new(&kinds::INTERNAL).detail(detail),
    }
}
