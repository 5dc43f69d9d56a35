//! Status pages of a process without an API: its health, metrics and supervision tree.
//!
//! They are read-only and have no accounts: the address they are served on decides who can read them.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use streamward::Runtime;
use supervision::{BoxError, Node, TaskContext, Tree};
use tokio::net::TcpListener;

use super::{alive, exposition, readiness::Readiness};
use crate::{Connections, middleware::request_context, problem::Problem, server::serve};

/// The status pages of one process. Clones are handles to the same ones.
#[derive(Clone)]
pub struct Status {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    readiness: Readiness,
    tree: OnceLock<Tree>,
    exposition: Box<dyn Fn() -> String + Send + Sync>,
}

impl Status {
    /// Creates the pages of a process that works on `runtime`. `exposition` renders its metrics.
    pub fn new(runtime: Runtime, exposition: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let inner = Inner {
            runtime,
            readiness: Readiness::default(),
            tree: OnceLock::new(),
            exposition: Box::new(exposition),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Sets the tree to show. Until then the process is not ready; later calls are ignored.
    pub fn set_tree(&self, tree: Tree) {
        // A process has one tree; a second one would be a mistake of the caller.
        let _ = self.inner.tree.set(tree);
    }

    /// Returns the router of all pages: `/healthz`, `/readyz`, `/metrics` and `/tree`.
    pub fn router(&self) -> Router {
        let context = async |request: Request, next: Next| -> Response {
            request_context::apply(request, async |request| next.run(request).await).await
        };
        Router::new()
            .route("/healthz", get(alive))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .route("/tree", get(tree))
            .layer(from_fn(context))
            .with_state(self.clone())
    }

    /// Serves on `listener` until stopped, as [`Api::serve`](crate::Api::serve) does.
    ///
    /// # Errors
    /// When serving fails as a whole; a failed connection is not such a failure.
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
        tree.ok_or_else(|| Problem::unavailable_because("The process is still starting."))
    }
}

async fn ready(State(status): State<Status>) -> Result<&'static str, Problem> {
    let tree = status.snapshot()?;
    let inner = &status.inner;
    inner.readiness.check(&inner.runtime, Some(&tree)).await?;
    Ok("ok")
}

async fn metrics(State(status): State<Status>) -> impl IntoResponse {
    exposition((status.inner.exposition)())
}

async fn tree(State(status): State<Status>) -> Result<Json<Node>, Problem> {
    status.snapshot().map(Json)
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status")
            .field("runtime", &self.inner.runtime)
            .finish_non_exhaustive()
    }
}
