//! What an operator sees: the metric catalogue, an [`Observer`](bystander_pipeline::Observer) that fills it,
//! the health of the process, its [status](mod@status) as a value and as a page, and the HTTP endpoints that show all of it.
//!
//! [`catalogue`] is the only place where a metric's name, labels and buckets stand. No label ever carries
//! something that an event brought along: labels come from the config, the model repository and the code. The one
//! exception is `currency`, which is a code of ISO 4217 or the event is a dead letter: a closed list, too.

mod amounts;
pub mod catalogue;
mod clusters;
mod drift;
mod family;
mod gauges;
pub mod health;
mod http;
mod kinds;
mod markdown;
mod meters;
mod observer;
mod page;
mod process;
mod registry;
mod report;
mod scoring;
mod server;
mod shared_health;
pub mod status;
mod text;

pub use clusters::{Cluster, ClusterStatus};
pub use family::{Definition, MetricType};
pub use gauges::InputGauges;
pub use http::{Endpoints, Health, HttpError, Site, StatusProvider, bind};
pub use markdown::catalogue_markdown;
pub use observer::ShardObserver;
pub use page::{page, page_headers};
pub use registry::{BuildInfo, Catalogue, CatalogueError, ModelChange, StreamLabels, WatchedModel};
pub use report::{ReportCatalogue, ReportFigure, ReportFigures, ReportServer};
pub use server::{ConnectionLimits, serve, serve_within};
pub use shared_health::SharedHealth;
