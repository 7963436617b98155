//! What an operator sees: the metric catalogue, an [`Observer`](bystander_pipeline::Observer) that fills it,
//! the health of the process, and the HTTP endpoints that show all of it.
//!
//! [`catalogue`] is the only place where a metric's name, labels and buckets stand. No label ever carries
//! something that an event brought along: labels come from the config, the model repository and the code. The one
//! exception is `currency`, which is a code of ISO 4217 or the event is a dead letter: a closed list, too.

mod amounts;
pub mod catalogue;
mod cells;
mod drift;
mod family;
pub mod health;
mod http;
mod markdown;
mod meters;
mod observer;
mod process;
mod registry;
mod report;
mod shared_health;

pub use family::{Definition, MetricType};
pub use http::{Endpoints, Health, HttpError, Site, StatusProvider, bind, serve};
pub use markdown::catalogue_markdown;
pub use observer::ShardObserver;
pub use registry::{BuildInfo, Catalogue, CatalogueError, StreamLabels, WatchedModel};
pub use report::{Figure, ReportCatalogue, ReportFigures, ReportSite};
pub use shared_health::SharedHealth;
