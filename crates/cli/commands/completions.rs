//! `bystander completions`: a script for the shell.

use crate::args::{Arguments, CompletionsArgs};
use crate::exit::Failure;
use clap::CommandFactory;

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    clap_complete::generate(args.shell, &mut Arguments::command(), "bystander", &mut std::io::stdout());
    Ok(())
}
