//! `bystander`: scores a shop's order and pricing events in shadow mode.

mod args;
mod assembly;
mod commands;
mod config;
mod config_hash;
mod exit;
mod logging;
mod service;
mod signals;
mod units;

use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A supervisor starts the process again, and the record that it got stuck on is then isolated.
    bystander_onnx::on_stuck(|stuck| {
        logging::error_line(stuck);
        std::process::exit(exit::STUCK);
    });
    let done = match arguments.command {
        Command::Run(args) => commands::run::run(&args),
        Command::Check(args) => commands::check::run(&args),
        Command::Init(args) => commands::init::run(&args),
        Command::Replay(args) => commands::replay::run(&args),
        Command::Report(args) => commands::report::run(&args),
        Command::Status(args) => commands::status::run(&args),
        Command::Resume(args) => commands::resume::run(&args),
        Command::Skip(args) => commands::skip::run(&args),
        Command::Models(args) => commands::models::run(&args),
        #[cfg(feature = "simulator")]
        Command::Simulate(args) => commands::simulate::run(&args),
        #[cfg(feature = "simulator")]
        Command::Demo(args) => commands::demo::run(&args),
        Command::Completions(args) => commands::completions::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            logging::error_line(&failure);
            failure.code()
        }
    }
}
