//! `report --watch` seen from outside: its gauges and its pages.

mod catalogue;
mod site;

pub use catalogue::{ReportCatalogue, ReportFigure, ReportFigures};
pub use site::ReportServer;
