//! Reading a model's bytes without running them: only what the load gate must know before ONNX Runtime sees
//! them. Any bytes give an answer in time and memory bounded by their length; nothing here panics.

mod fix;
mod model;

pub use fix::Mended;
pub(crate) use model::scan;

use bystander_models::{Refusal, RefusalKind};

/// Takes ZipMap out of a model and mends the declared shapes of its outputs; what it computes stays the same.
///
/// # Errors
/// When the bytes are not a whole ONNX model; `name` is what the refusal calls it.
pub fn mend(name: &str, model: &[u8]) -> Result<Mended, Refusal> {
    let corrupt = "it is not a whole ONNX model: it is cut off, damaged or another kind of file";
    fix::mend(model).map_err(|_| {
        Refusal::new(name, RefusalKind::Corrupt, corrupt, "copy it again, or export it again as ONNX")
    })
}
