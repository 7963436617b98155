//! `bystander completions`: a script for the shell.

use crate::args::{Arguments, CompletionsArgs};
use crate::exit::Failure;
use crate::logging::print;
use clap::CommandFactory;

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    // Into memory first: the generator panics when a reader such as `head` has gone.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "bystander", &mut script);
    print(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
