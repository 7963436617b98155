//! `bystander run`: the service.

use crate::args::RunArgs;
use crate::exit::Failure;
use crate::service::{ServeOptions, serve};
use crate::{assembly, config, logging};

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %config, "bystander starts");
    let assembly = assembly::assemble(&config)?;
    let options = ServeOptions { until_caught_up: args.until_caught_up, listen: Some(config.http.listen) };
    serve(&config, assembly, options)
}
