use crate::args::DemoArgs;
use crate::exit::Failure;
pub(crate) fn run(_args: &DemoArgs) -> Result<(), Failure> {
    Err(Failure::Other(String::new()))
}
