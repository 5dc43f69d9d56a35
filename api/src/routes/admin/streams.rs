//! The streams of the shop, for operators.

use std::collections::BTreeMap;

use axum::Json;
use contracts::Service;
use serde::Serialize;
use streamward::inspect::{self, StreamInfo};
use utoipa::ToSchema;

use crate::{auth::principal::Operator, problem::JsonResult};

/// All streams, and the number of dead letters per service.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Streams {
    streams: Vec<StreamInfo>,
    #[schema(value_type = BTreeMap<String, u64>)]
    dead_letters: BTreeMap<&'static str, u64>,
}

/// Lists all streams, and the number of dead letters per service.
#[utoipa::path(
    get, path = "/v1/admin/streams", tag = "operators", operation_id = "listStreams",
    security(("bearer" = ["operator", "admin"])),
    responses((status = 200, description = "The streams.", body = Streams)),
)]
pub(crate) async fn list(Operator(api): Operator) -> JsonResult<Streams> {
    let mut link = api.runtime.server().link();
    let mut streams = Vec::new();
    let mut dead_letters: BTreeMap<_, _> = Service::ALL
        .into_iter()
        .map(|service| (service.name(), 0))
        .collect();
    for partition in api.runtime.partitions() {
        for key in store::streams(partition) {
            // A stream without entries does not exist yet.
            streams.extend(inspect::stream(&mut link, &key).await?);
        }
        for (service, count) in &mut dead_letters {
            let dead = inspect::stream(&mut link, &partition.dead(service)).await?;
            *count += dead.map_or(0, |dead| dead.length);
        }
    }
    Ok(Json(Streams {
        streams,
        dead_letters,
    }))
}
