//! `report --watch` seen from outside: its gauges and its pages.

mod catalogue;
mod site;

pub use catalogue::{Figure, ReportCatalogue, ReportFigures};
pub use site::ReportServer;
