//! `bystander run`: the service.

use crate::args::RunArgs;
use crate::assembly;
use crate::exit::Failure;
use crate::service::{ServeOptions, serve};

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let (config, assembly) = assembly::prepare(&args.config.config, &args.config.overrides())?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %config, "bystander starts");
    let options = ServeOptions {
        until_caught_up: args.until_caught_up,
        listen: Some(config.http),
        accept_config: args.accept_config_change,
    };
    serve(&config, &assembly, options)
}
