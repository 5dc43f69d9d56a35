//! The status pages of a process that is no API: its health, its metrics and its supervision tree.
//!
//! There are no accounts here and nothing can be changed; who may look is a matter of the address
//! they are served on.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use axum::{
    Json as Answer, Router,
    extract::{Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use streamward::Runtime;
use supervision::{BoxError, Node, TaskContext, Tree};
use tokio::net::TcpListener;

use crate::{
    Connections, health::probes::exposition_of, health::readiness,
    middleware::request_context::edge, problem::Problem, server::serve,
};

/// The status pages of one process. Clones are handles to the same ones.
#[derive(Clone)]
pub struct Status {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    tree: OnceLock<Tree>,
    exposition: Box<dyn Fn() -> String + Send + Sync>,
}

impl Status {
    /// The pages of a process that works on `runtime`. `exposition` renders its metrics.
    pub fn new(runtime: Runtime, exposition: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let inner = Inner {
            runtime,
            tree: OnceLock::new(),
            exposition: Box::new(exposition),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Shows this tree. To be called once, when it is started: until then the process is not ready.
    /// Later calls are ignored.
    pub fn set_tree(&self, tree: Tree) {
        // The first tree is the process'; a second one would be a mistake of the caller.
        let _ = self.inner.tree.set(tree);
    }

    /// All pages: `/healthz`, `/readyz`, `/metrics` and `/tree`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(alive))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .route("/tree", get(tree))
            .layer(from_fn(pass))
            .with_state(self.clone())
    }

    /// Serves on `listener` until asked to stop, as [`Api::serve`](crate::Api::serve) does.
    ///
    /// # Errors
    /// When serving fails as a whole; a failed connection is no such failure.
    pub async fn serve(
        self,
        listener: Arc<TcpListener>,
        context: TaskContext,
    ) -> Result<(), BoxError> {
        let limits = Connections::default();
        serve(self.router(), listener, limits, context, || {}).await
    }

    fn snapshot(&self) -> Result<Node, Problem> {
        let tree = self.inner.tree.get().map(Tree::snapshot);
        tree.ok_or_else(|| {
            let problem = "The process is still starting.";
            Problem::unavailable(problem).detail(problem).expected()
        })
    }
}

/// What every request passes.
async fn pass(request: Request, next: Next) -> Response {
    edge(request, async |request| next.run(request).await).await
}

async fn alive() -> &'static str {
    "ok"
}

async fn ready(State(status): State<Status>) -> Result<&'static str, Problem> {
    let tree = status.snapshot()?;
    readiness::check(&status.inner.runtime, Some(&tree)).await?;
    Ok("ok")
}

async fn metrics(State(status): State<Status>) -> Response {
    exposition_of((status.inner.exposition)()).into_response()
}

async fn tree(State(status): State<Status>) -> Result<Answer<Node>, Problem> {
    status.snapshot().map(Answer)
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status")
            .field("runtime", &self.inner.runtime)
            .finish_non_exhaustive()
    }
}
